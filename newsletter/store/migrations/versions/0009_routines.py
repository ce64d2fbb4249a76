"""What is mailed by itself: new articles of a feed, in a rhythm, with or without the therapist's word."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "routine",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("feed_id", Identifier, nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("leased_until", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_routine"),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_routine_feed_id_feed"),
        sqlite_autoincrement=True,
    )
