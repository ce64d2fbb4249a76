"""The law, from the consent to the mail: who may be written to on which day, and what every mail carries."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from newsletter import aftercare, inviting
from newsletter.context import App
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Basis, Stream, in_force, offer
from subscribers.errors import AudienceError
from subscribers.jurisdiction import all_jurisdictions
from subscribers.subscriber import details
from tests.web.conftest import Outbox, part_of, send_newsletter

COUNTRIES = sorted(next(iter(sorted(rules.countries)), "") for rules in all_jurisdictions().values())


def before(now: datetime, months: int) -> datetime:
    """The same day of the month, so many months before."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1)


def add(app: App, country: str, basis: Basis, since: datetime, *, stream: Stream = Stream.MARKETING) -> None:
    person = details("anna@example.com", country=country)
    with app.database.write() as connection:
        anna = store.add(connection, person, key=app.key, now=since)
        store.grant(connection, anna.id, offer(stream, basis, country=country, source="till", at=since))


@pytest.mark.parametrize(
    ("country", "basis", "months", "days", "mailed"),
    [
        ("CA", Basis.IMPLIED_PURCHASE, 24, -1, True),
        ("CA", Basis.IMPLIED_PURCHASE, 24, 0, False),
        ("CA", Basis.IMPLIED_PURCHASE, 24, 1, False),
        ("CA", Basis.IMPLIED_INQUIRY, 6, -1, True),
        ("CA", Basis.IMPLIED_INQUIRY, 6, 0, False),
        ("CA", Basis.IMPLIED_INQUIRY, 6, 1, False),
        ("CA", Basis.EXPRESS, 240, 0, True),
        ("GB", Basis.SOFT_OPT_IN, 60, 0, True),
        ("DE", Basis.SOFT_OPT_IN, 60, 0, True),
        ("US", Basis.RELATIONSHIP, 60, 0, True),
        ("AU", Basis.RELATIONSHIP, 60, 0, True),
        ("", Basis.EXPRESS, 60, 0, True),
    ],
)
def test_a_consent_lasts_as_long_as_its_law_says(
    app: App, outbox: Outbox, now: datetime, country: str, basis: Basis, months: int, days: int, mailed: bool
) -> None:
    """CASL 10(9) and 10(10) to the day; PECR 22(3); CAN-SPAM; what does not end by itself does not end."""
    add(app, country, basis, before(now, months) - timedelta(days=days))
    send_newsletter(app, now, "Rest")
    assert bool(outbox()) is mailed


@pytest.mark.parametrize(
    ("country", "basis"),
    [
        ("GB", Basis.IMPLIED_PURCHASE),
        ("DE", Basis.RELATIONSHIP),
        ("CA", Basis.SOFT_OPT_IN),
        ("AU", Basis.IMPLIED_INQUIRY),
        ("", Basis.SOFT_OPT_IN),
        ("ZW", Basis.RELATIONSHIP),
    ],
)
def test_what_a_law_does_not_know_is_no_basis_there(app: App, now: datetime, country: str, basis: Basis) -> None:
    """Where the country is not known, the strictest."""
    with pytest.raises(AudienceError):
        add(app, country, basis, now)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_newsletter_says_who_writes_and_how_to_leave(
    app: App, outbox: Outbox, now: datetime, country: str
) -> None:
    """CAN-SPAM 5(a)(5): a postal address and a way out; RFC 8058: by one click."""
    add(app, country, Basis.EXPRESS, now)
    send_newsletter(app, now, "Rest")
    (mail,) = outbox()
    for kind in ("html", "plain"):
        words = part_of(mail, kind)
        assert "14 Juniper Lane, Bristol" in words
        assert "/u/" in words
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Subject"] == "Rest"
    tick(app, lambda: now)
    assert len(outbox()) == 1


@pytest.mark.parametrize("country", ["", "CA", "GB", "US"])
def test_every_invitation_says_who_writes_and_how_to_leave(
    app: App, outbox: Outbox, pages: FlaskClient, now: datetime, country: str
) -> None:
    """It is commercial mail: as a newsletter, and leaving it ends the newsletters, not the care (CASL, PECR 22)."""
    inviting.switch_on(app, now)
    add(app, country, Basis.EXPRESS, now)
    with app.database.write() as connection:
        store.grant(connection, 1, offer(Stream.CARE, Basis.EXPRESS, country=country, source="till", at=now))
    aftercare.add_session(app, email="anna@example.com", services=["reiki"], ended_at=now, now=now)
    for due in (now + timedelta(hours=3), now + timedelta(days=28, hours=3)):
        tick(app, lambda due=due: due)  # type: ignore[misc]  # bound at once
    _, mail = outbox()
    for kind in ("html", "plain"):
        assert "14 Juniper Lane, Bristol" in part_of(mail, kind)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    pages.post(mail["List-Unsubscribe"].strip("<>"), data={"List-Unsubscribe": "One-Click"})
    with app.database.read() as connection:
        assert not in_force(store.current(connection, 1).get(Stream.MARKETING), now)
        assert in_force(store.current(connection, 1).get(Stream.CARE), now)
