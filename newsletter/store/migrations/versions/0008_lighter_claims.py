"""A call that was accepted as a whole says so once, in its own row, and a claim changes fewer indexes."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import UtcDateTime

revision = "0008"
down_revision = "0007"

_CARE = sa.text("state = 'queued' AND stream = 'care'")


_DOUBT = sa.text("state = 'unknown'")


def upgrade() -> None:
    op.add_column("provider_call", sa.Column("accepted_at", UtcDateTime))
    op.add_column("provider_call", sa.Column("message_id", sa.Text()))
    op.add_column("provider_call", sa.Column("message_ids", sa.Text()))
    op.drop_index("ix_delivery_provider_call_id", "delivery")
    op.create_index(
        "ix_delivery_doubt",
        "delivery",
        ["provider_call_id", "campaign_id"],
        sqlite_where=_DOUBT,
        postgresql_where=_DOUBT,
    )
    op.drop_index("ix_delivery_person", "delivery")
    op.create_index("ix_delivery_person", "delivery", ["subscriber_id"])
    op.create_index(
        "ix_delivery_care", "delivery", ["subscriber_id", "due_at"], sqlite_where=_CARE, postgresql_where=_CARE
    )
