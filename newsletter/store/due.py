"""What has been due longest, given to one worker at a time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update


def claim(
    connection: Connection, table: Table, now: datetime, lease: timedelta, row_id: int | None = None
) -> Row[Any] | None:
    """The row of a table with `due_at` that has been due longest, or the one named whether due or not; None for none.

    Nobody else gets it until the lease is over; should its worker die, it is due again then.
    """
    wanted = table.c.due_at <= now if row_id is None else table.c.id == row_id
    first = select(table.c.id).where(wanted).order_by(table.c.due_at, table.c.id).limit(1).scalar_subquery()
    claimed = update(table).where(table.c.id == first, wanted).values(due_at=now + lease).returning(*table.c)
    return connection.execute(claimed).first()
