"""Tracking: where the numbered links of an edition lead, what a reader wishes, and which link an event is about."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0014"
down_revision = "0013"

_READING = sa.text("kind IN ('opened', 'clicked')")


def upgrade() -> None:
    op.create_table(
        "edition_link",
        sa.Column("edition_id", Identifier, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "number", name="pk_edition_link"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_edition_link_edition_id_edition"),
    )
    op.create_table(
        "tracking_wish",
        sa.Column("subscriber_id", Identifier, nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_tracking_wish"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name="fk_tracking_wish_subscriber_id_subscriber",
            ondelete="CASCADE",
        ),
    )
    op.add_column("event", sa.Column("link", sa.Integer()))
    op.create_index("ix_event_reading", "event", ["delivery_id"], sqlite_where=_READING, postgresql_where=_READING)
