"""Limits of senders, workers that give a sign of life, campaigns that take turns or go to the rest of another."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0003"
down_revision = "0002"

_QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.create_table(
        "sender_usage",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "window", name="pk_sender_usage"),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("beat_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_worker"),
    )
    op.drop_index("ix_delivery_queue", "delivery")
    op.create_index(
        "ix_delivery_turn",
        "delivery",
        ["campaign_id", "priority", "due_at", "id"],
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    )
    op.add_column("campaign", sa.Column("served_at", UtcDateTime))
    op.add_column("campaign", sa.Column("rest_of", Identifier))
