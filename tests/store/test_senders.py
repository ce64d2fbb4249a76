"""Rules on senders in the store: since when a mail service refuses, and when that begins anew."""

from datetime import datetime, timedelta

from newsletter.store import senders
from newsletter.store.database import Database

MINUTE = timedelta(minutes=1)


def refuse(database: Database, *moments: datetime) -> datetime | None:
    """The service refuses at each of these moments, and is left alone for a minute each time; since when it does."""
    with database.write() as connection:
        for moment in moments:
            senders.refused(connection, "resend", moment)
            senders.pause(connection, "resend", moment + MINUTE, "it is closed")
        return senders.standing(connection, "resend").refused_since


def test_a_service_that_was_never_called_stands_well(database: Database, now: datetime) -> None:
    with database.read() as connection:
        found = senders.standing(connection, "resend")
    assert (found.refused_since, found.is_paused(now)) == (None, False)


def test_the_first_of_many_refusals_counts(database: Database, now: datetime) -> None:
    assert refuse(database, *(now + minute * MINUTE for minute in range(30))) == now


def test_after_a_long_silence_trouble_begins_anew(database: Database, now: datetime) -> None:
    """Nobody called it in between, so nobody knows."""
    assert refuse(database, now, now + 60 * MINUTE) == now + 60 * MINUTE


def test_trouble_that_was_dated_by_a_clock_ahead_begins_anew(database: Database, now: datetime) -> None:
    assert refuse(database, now + timedelta(days=365), now) == now


def test_trouble_is_over_with_the_first_mail_taken(database: Database, now: datetime) -> None:
    """Its pause stays: the service may have asked for it."""
    refuse(database, now)
    with database.write() as connection:
        senders.took(connection, "resend")
        found = senders.standing(connection, "resend")
    assert (found.refused_since, found.is_paused(now)) == (None, True)
