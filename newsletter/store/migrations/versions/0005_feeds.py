"""Feeds, and what is known of each of their entries."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("modified", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("baselined_at", UtcDateTime),
        sa.Column("polled_at", UtcDateTime),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed"),
        sa.UniqueConstraint("url", name="uq_feed_url"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_entry",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("feed_id", Identifier, nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("article_id", Identifier),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("edited_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_feed_entry"),
        sa.UniqueConstraint("feed_id", "guid", name="uq_feed_entry_feed_id_guid"),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_feed_entry_feed_id_feed"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_feed_entry_article_id_article"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_entry_article_id", "feed_entry", ["article_id"])
