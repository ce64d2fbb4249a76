"""The card of a session: for this client, as her mail would be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from newsletter import aftercare, cards, reviewing
from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.store import deliveries, editions
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.flows.conftest import ledger

NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)
AddClient = Callable[..., Subscriber]


def _add(app: App, *services: str, **more: object) -> int:
    given = {"practitioner": "Ines", "now": NOW} | more
    return aftercare.add_session(app, email="anna@example.com", services=services, ended_at=NOW, **given)  # type: ignore[arg-type]


def test_a_card_of_a_session_is_for_this_client(app: App, add_client: AddClient) -> None:
    """Her name and language, the numbers of her country, the practitioner, the blocks of all that was done."""
    add_client(name="Anna Okafor", language="de", country="AT")
    page = cards.session_card(app, _add(app, "reiki", "cupping"), NOW)
    assert '<html lang="de"' in page
    assert "Anna" in page
    assert "Ines" in page
    assert "112" in page or "144" in page
    assert "999" not in page


def test_the_practitioners_line_stands_on_the_card(app: App, add_client: AddClient) -> None:
    """As in the next mail."""
    add_client()
    session_id = _add(app, "reiki")
    reviewing.approve_session(app, session_id, NOW, "The stretch we spoke of: twice a day.")
    assert "The stretch we spoke of: twice a day." in cards.session_card(app, session_id, NOW)


def test_printing_a_card_sends_and_changes_nothing(app: App, add_client: AddClient) -> None:
    """The mail goes its own way."""
    add_client()
    session_id = _add(app, "reiki")
    before = ledger(app)
    cards.session_card(app, session_id, NOW)
    assert ledger(app) == before


def test_what_is_not_there_is_named_with_what_is(app: App) -> None:
    """A plan, and a mail of a plan."""
    with pytest.raises(NotFoundError, match="no plan “rieki”"):
        cards.plan_card(app, "rieki", NOW)
    with pytest.raises(NotFoundError) as refused:
        cards.plan_card(app, "reiki", NOW, step="day-9")
    assert "same-day" in refused.value.remedy


HEBREW = """
name = "reiki"
title = "רייקי"
language = "he"
safety = ["emergency", "clot", "general"]
[[steps]]
name = "same-day"
offset = { hours = 3 }
subject = "כמה מילים אחרי הביקור"
preheader = "דברים קטנים וקלים לשעות הקרובות, ואיך להשיג אותי אם צריך."
title = "עד מחר"
letter = "תודה שבאת.\\n\\nבברכה,\\n[[ practitioner ]]"
"""


def test_a_studios_plan_in_hebrew_runs_from_right_to_left(app: App, add_client: AddClient) -> None:
    """From the file in its folder to the mail and the card of a client who reads it."""
    folder = app.settings.home / "plans"
    folder.mkdir()
    (folder / "reiki.he.toml").write_text(HEBREW, encoding="utf-8")
    add_client(language="he-IL")
    session_id = _add(app, "reiki")
    tick(app, lambda: NOW + timedelta(hours=3))
    (mail,) = [each for each in ledger(app) if each.accepted_at]
    with app.database.read() as connection:
        edition_id = deliveries.edition_of(connection, mail.id)
        assert edition_id is not None
        edition = editions.get(connection, edition_id)
    assert (edition.language, mail.subject) == ("he", "כמה מילים אחרי הביקור")
    assert 'dir="rtl"' in edition.html
    assert '<html lang="he" dir="rtl">' in cards.session_card(app, session_id, NOW)
