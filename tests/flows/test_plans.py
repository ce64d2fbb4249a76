"""Rules on plans in use: each client in her language, a studio's edits, and what is never sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter import aftercare, reviewing
from newsletter.context import App
from newsletter.domain.edition import Edition
from newsletter.errors import SettingsError, TemplateError
from newsletter.packs.copying import copy_plan
from newsletter.store import deliveries, editions
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.flows.conftest import add_readers, launch, ledger, states

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday; London is on UTC in that week
AT_THREE = NOON + timedelta(hours=3)
Change = Callable[[str, str], None]


def record(app: App, language: str = "", country: str = "", service: str = "reiki", flag: str = "") -> None:
    person = details("anna@example.com", name="Anna", language=language, country=country)
    with app.database.write() as connection:
        store.add(connection, person, key=app.key, now=NOON, consents=[Stream.CARE])
    flags = [flag] if flag else []
    aftercare.add_session(app, email=person.email, services=[service], flags=flags, ended_at=NOON, now=NOON)


def sent(app: App) -> Edition:
    """The edition of the mail that left at three."""
    tick(app, lambda: AT_THREE)
    with app.database.read() as connection:
        (delivery,) = [each for each in ledger(app) if each.state.value == "accepted"]
        edition_id = deliveries.edition_of(connection, delivery.id)
        assert edition_id is not None
        return editions.get(connection, edition_id)


@pytest.fixture
def change(app: App) -> Change:
    """Copies our Reiki plan into the home, and replaces a text in it."""

    def replace(old: str, new: str) -> None:
        folder = app.settings.home / "plans"
        file = folder / "reiki.en.toml"
        text = (file if file.exists() else copy_plan("reiki", "en", folder)).read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.mark.parametrize(
    ("language", "subject", "words", "button"),
    [
        ("de-AT", "Ein stiller Gruß nach Ihrem Besuch", "Gut zu wissen", "Hinweise nach Terminen abbestellen"),
        ("fr", "Un petit mot après votre visite", "Bon à savoir", "Se désabonner des conseils"),
        ("es", "Una nota tranquila tras su visita", "Conviene saber", "Darse de baja de las notas"),
        ("", "A quiet note after your visit", "Good to know", "Unsubscribe from care notes"),
        ("pt", "A quiet note after your visit", "Good to know", "Unsubscribe from care notes"),
    ],
)
def test_a_client_is_written_to_in_her_language(app: App, language: str, subject: str, words: str, button: str) -> None:
    """Words, safety blocks and frame alike; the studio's language where hers is not known or not written."""
    record(app, language)
    edition = sent(app)
    assert edition.subject == subject
    assert words in edition.text
    assert button in edition.text


def test_numbers_are_those_of_the_clients_country_whatever_her_language(app: App) -> None:
    """A Spanish speaker in Ireland rings in Ireland."""
    record(app, "es", "IE", flag="tender")
    reviewing.approve_session(app, 1, NOON)
    text = sent(app).text
    assert "Llame enseguida al 112 o 999" in " ".join(text.split())
    assert "Samaritans: 116 123" in text


def test_what_is_planned_takes_new_words_until_it_is_composed(app: App, change: Change) -> None:
    """And what was sent stays as it was."""
    record(app)
    change("A quiet note after your visit", "A few quiet words")
    assert sent(app).subject == "A few quiet words"
    change("A few quiet words", "Other words")
    with app.database.read() as connection:
        (delivery,) = ledger(app)
        edition_id = deliveries.edition_of(connection, delivery.id)
        assert edition_id is not None
        assert editions.get(connection, edition_id).subject == "A few quiet words"


def test_a_step_that_was_taken_out_of_its_plan_is_cancelled_with_its_reason(app: App, change: Change) -> None:
    """Under another name it is another step."""
    record(app)
    change('name = "same-day"', 'name = "later"')
    tick(app, lambda: AT_THREE)
    (delivery,) = ledger(app)
    assert (delivery.state.value, delivery.reason) == ("cancelled", "no longer part of the aftercare")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('safety = ["emergency", "general"]', 'safety = ["emergency"]', "lacks the safety block general"),
        ("Take a slow walk", "Reiki heals", "Readers may take this as a medical promise.*Reiki heals"),
        ("A quiet note after your visit", "After your Reiki", "locked screen.*reiki"),
    ],
)
def test_a_mail_that_must_not_go_out_is_not_composed(app: App, change: Change, old: str, new: str, fault: str) -> None:
    """The error names the mail and what is wrong; the mail waits."""
    change(old, new)
    record(app)
    with pytest.raises(TemplateError, match=f"“same-day” of the plan reiki .*{fault}"):
        tick(app, lambda: AT_THREE)
    assert states(app) == {"queued": 1}


def test_a_broken_plan_file_holds_up_the_care_mails_and_nothing_else(app: App) -> None:
    """She is told which line to mend; newsletters go on."""
    record(app)
    add_readers(app, 2, NOON)
    folder: Path = app.settings.home / "plans"
    folder.mkdir()
    (folder / "mine.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mine\.toml is not TOML"):
        launch(app, AT_THREE)
    assert states(app) == {"accepted": 2, "queued": 1, "suppressed": 1}


def test_invitations_are_not_sent_as_care(app: App) -> None:
    """They are marketing, with consent of its own; a care plan's steps are all that a session plans here."""
    record(app, service="relaxation")
    assert {each.stream for each in ledger(app)} == {Stream.CARE}


def test_a_step_whose_condition_is_not_met_is_in_the_ledger_with_the_reason(app: App, change: Change) -> None:
    """Nobody has to wonder why it did not come."""
    change("offset = { hours = 3 }", "offset = { hours = 3 }\nwhen = { visit_from = 2 }")
    record(app)
    (delivery,) = ledger(app)
    assert (delivery.state.value, delivery.reason) == ("suppressed", "is meant from visit 2 on")


def test_a_condition_is_asked_again_when_the_mail_is_composed(app: App, change: Change) -> None:
    """It may have been written after the session was planned."""
    record(app)
    change("offset = { hours = 3 }", 'offset = { hours = 3 }\nwhen = { flags = ["tender"] }')
    tick(app, lambda: AT_THREE)
    (delivery,) = ledger(app)
    assert (delivery.state.value, delivery.reason) == ("suppressed", "is meant for visits marked tender")


def test_one_mail_of_several_services_warns_of_all_that_was_done(app: App) -> None:
    """Deep-tissue leads, and warns of dark urine; what the skin may show comes from the cupping."""
    person = details("anna@example.com", name="Anna")
    with app.database.write() as connection:
        store.add(connection, person, key=app.key, now=NOON, consents=[Stream.CARE])
    services = ["reiki", "deep-tissue", "cupping"]
    aftercare.add_session(app, email=person.email, services=services, ended_at=NOON, now=NOON)
    text = " ".join(sent(app).text.split()).lower()
    assert [words for words in ("dark urine", "pus", "chest pain") if words not in text] == []


def test_a_step_that_asks_for_a_review_since_it_was_planned_waits_for_it(app: App, change: Change) -> None:
    """The edit counts for what is not composed yet."""
    record(app)
    change("offset = { hours = 3 }", "offset = { hours = 3 }\nwaits_for_review = true")
    tick(app, lambda: AT_THREE)
    assert [(each.state.value, each.reason) for each in ledger(app)] == [("queued", "waits for your review")]
    assert reviewing.approve_session(app, 1, AT_THREE) == 1
    assert sent(app).subject == "A quiet note after your visit"
