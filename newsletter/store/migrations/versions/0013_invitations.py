"""What an invitation is for; and a client is asked back once in her life, whatever else is recorded of her."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_COUNTS = sa.text("purpose = 'win_back' AND state NOT IN ('cancelled', 'suppressed')")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("purpose", sa.Text()))
    op.create_index(
        "uq_delivery_win_back",
        "delivery",
        ["subscriber_id"],
        unique=True,
        sqlite_where=_COUNTS,
        postgresql_where=_COUNTS,
    )
