"""Sessions that are still only booked are found without looking at all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BOOKED = sa.text("state = 'booked'")


def upgrade() -> None:
    op.create_index("ix_session_booked", "session", ["ended_at"], sqlite_where=_BOOKED, postgresql_where=_BOOKED)
