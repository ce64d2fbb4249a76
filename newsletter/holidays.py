"""Holidays: the practitioner says when she is away, and who is there meanwhile."""

from datetime import date, datetime

from newsletter.context import App
from newsletter.domain.holiday import Holiday, planned
from newsletter.domain.quiet import local_day
from newsletter.store import holidays, invitations


def set_holiday(app: App, first_day: date, last_day: date, cover: str, now: datetime) -> Holiday:
    """Keeps a holiday, in place of the one before. Raises InputError, and then nothing has changed."""
    holiday = planned(first_day, last_day, cover, local_day(now, app.studio.timezone))
    with app.database.write() as connection:
        holidays.keep(connection, holiday)
        invitations.bring_forward(connection)
    return holiday


def current_holiday(app: App, now: datetime) -> Holiday | None:
    """The holiday that is under way or still to come."""
    with app.database.read() as connection:
        holiday = holidays.known(connection)
    return None if holiday is None or holiday.is_over(now, app.studio.timezone) else holiday


def clear_holiday(app: App, now: datetime) -> Holiday | None:
    """She is there again. Returns the holiday that it ended, or kept from beginning."""
    before = current_holiday(app, now)
    with app.database.write() as connection:
        holidays.forget(connection)
        invitations.bring_forward(connection)
    return before
