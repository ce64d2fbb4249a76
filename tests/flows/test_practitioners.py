"""Practitioners: the mails of her sessions come under her name, and answers go to her."""

import email
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest

from newsletter import aftercare
from newsletter.context import App
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO, OpenHome
from tests.flows.conftest import launch

NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)  # a Monday; London is on UTC
OWN = {
    "Mara": {"sender_name": "Mara at Juniper Lane", "reply_to": "mara.only@juniper.example"},
    "Ines Kowalski": {"sender_name": "Ines at Juniper Lane", "signature": "Ines"},
}


@pytest.fixture
def mails(open_home: OpenHome) -> Callable[..., dict[str, EmailMessage]]:
    """What each client of a practitioner of that name got, in one tick, by the practitioner's name."""

    def _mails(*practitioners: str, **settings: object) -> dict[str, EmailMessage]:
        studio = STUDIO.model_validate(STUDIO.model_dump() | {"practitioners": OWN} | settings)
        with open_home(studio=studio) as app:
            for number, name in enumerate(practitioners):
                _record(app, f"client-{number}@example.com", name)
            tick(app, lambda: NOW + timedelta(hours=3))
            found = {str(each["To"]): each for each in _outbox(app)}
        return {name: found[f"client-{number}@example.com"] for number, name in enumerate(practitioners)}

    return _mails


def _record(app: App, address: str, practitioner: str) -> None:
    with app.database.write() as connection:
        store.add(connection, details(address), key=app.key, now=NOW, consents=[Stream.CARE, Stream.MARKETING])
    aftercare.add_session(app, email=address, services=["reiki"], ended_at=NOW, practitioner=practitioner, now=NOW)


def _outbox(app: App) -> list[EmailMessage]:
    files = sorted((app.settings.home / "outbox").rglob("*.eml"))
    return [email.message_from_bytes(each.read_bytes(), policy=default) for each in files]


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_mails_of_her_sessions_come_under_her_name(mails: Callable[..., dict[str, EmailMessage]]) -> None:
    """From the studio's own address, the one that is verified; in one tick, each mail from its own practitioner."""
    found = mails("Mara", "Ines Kowalski", "Tom", "")
    assert [str(found[name]["From"]) for name in ("Mara", "Ines Kowalski", "Tom")] == [
        "Mara at Juniper Lane <mara@juniper.example>",
        "Ines at Juniper Lane <mara@juniper.example>",
        "Juniper Lane <mara@juniper.example>",
    ]
    assert found[""]["From"] == found["Tom"]["From"]


def test_answers_go_to_her(mails: Callable[..., dict[str, EmailMessage]]) -> None:
    """By the header, and by the button in the mail; where she has no address of her own, to the studio."""
    found = mails("Mara", "Ines Kowalski")
    assert str(found["Mara"]["Reply-To"]) == "Mara <mara.only@juniper.example>"
    assert "mailto:mara.only@juniper.example" in found["Mara"].as_bytes().decode().replace("=\n", "")
    assert "mara@juniper.example" in str(found["Ines Kowalski"]["Reply-To"])


def test_she_signs_with_her_signature(mails: Callable[..., dict[str, EmailMessage]]) -> None:
    """What booking programs call her is not always what she signs with."""
    found = mails("INES  kowalski", "Tom")
    assert "Ines\n" in _text(found["INES  kowalski"])
    assert "kowalski" not in _text(found["INES  kowalski"]).lower()
    assert "Tom\n" in _text(found["Tom"])


def test_a_newsletter_comes_from_the_studio(open_home: OpenHome) -> None:
    """Even where the studio's own practitioner has a name of her own for her sessions."""
    studio = STUDIO.model_validate(STUDIO.model_dump() | {"practitioners": OWN})
    with open_home(studio=studio) as app:
        with app.database.write() as connection:
            store.add(connection, details("a@example.com"), key=app.key, now=NOW, consents=[Stream.MARKETING])
        launch(app, NOW)
        (mail,) = _outbox(app)
    assert str(mail["From"]) == "Juniper Lane <mara@juniper.example>"
