"""The index of unsettled calls covers those in doubt too, not only the open ones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_UNSETTLED = sa.text("state IN ('open', 'doubtful')")


def upgrade() -> None:
    op.drop_index("ix_provider_call_open", "provider_call")
    op.create_index(
        "ix_provider_call_unsettled",
        "provider_call",
        ["lease_until"],
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )
