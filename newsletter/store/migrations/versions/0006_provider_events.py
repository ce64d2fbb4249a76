"""Events that mail services tell of, tokens that must not come twice, where a poll stands; suppressions that end."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0006"
down_revision = "0005"

_UNFOLLOWED = sa.text("followed_at IS NULL")
_ENDS = sa.text("until IS NOT NULL")
_RAW = sa.text("raw IS NOT NULL")


def upgrade() -> None:
    op.add_column("suppression", sa.Column("until", UtcDateTime))
    op.create_index("ix_suppression_until", "suppression", ["until"], sqlite_where=_ENDS, postgresql_where=_ENDS)
    op.create_table(
        "event",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("mid", sa.Text(), nullable=False),
        sa.Column("delivery_id", Identifier),
        sa.Column("provider_message_id", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("followed_at", UtcDateTime),
        sa.Column("raw", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("provider", "key", name="uq_event_provider_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_delivery_id", "event", ["delivery_id"])
    op.create_index("ix_event_unfollowed", "event", ["id"], sqlite_where=_UNFOLLOWED, postgresql_where=_UNFOLLOWED)
    op.create_index("ix_event_raw", "event", ["received_at"], sqlite_where=_RAW, postgresql_where=_RAW)
    op.create_table(
        "hook_token",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("provider", "token", name="pk_hook_token"),
    )
    op.create_table(
        "poll",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("succeeded_at", UtcDateTime),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_poll"),
    )
