"""What booking programs tell by themselves, calendars that are read by their address, and tasks for the therapist."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _create_notices()
    _create_sources()
    _create_tasks()


def _create_notices() -> None:
    op.create_table(
        "booking_notice",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.Text(), server_default="", nullable=False),
        sa.Column("standing", sa.Text()),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("practitioner", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("followed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_booking_notice"),
        sa.UniqueConstraint("source", "key", name="uq_booking_notice_source_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_booking_notice_reference", "booking_notice", ["reference"])
    op.create_index("ix_booking_notice_replaces", "booking_notice", ["replaces"])
    unfollowed = sa.text("followed_at IS NULL")
    op.create_index(
        "ix_booking_notice_unfollowed", "booking_notice", ["id"], sqlite_where=unfollowed, postgresql_where=unfollowed
    )
    op.create_table(
        "booking_address",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("email", "reference", name="pk_booking_address"),
        sqlite_with_rowid=False,
    )


def _create_sources() -> None:
    op.create_table(
        "booking_lookup",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_booking_lookup"),
    )
    op.create_index("ix_booking_lookup_due_at", "booking_lookup", ["due_at"])
    op.create_table(
        "booking_source",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("heard_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_booking_source"),
    )
    op.create_table(
        "calendar",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("modified", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("polled_at", UtcDateTime),
        sa.Column("read_at", UtcDateTime),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar"),
        sa.UniqueConstraint("url", name="uq_calendar_url"),
        sqlite_autoincrement=True,
    )


def _create_tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("retry_at", UtcDateTime),
        sa.Column("dismissed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("reference", name="uq_task_reference"),
        sqlite_autoincrement=True,
    )
