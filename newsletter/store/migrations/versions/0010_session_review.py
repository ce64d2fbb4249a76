"""The practitioner's review of a session: when it was, and the line that she adds to the next mail."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("session", sa.Column("reviewed_at", UtcDateTime))
    op.add_column("session", sa.Column("line", sa.Text(), nullable=False, server_default=""))
