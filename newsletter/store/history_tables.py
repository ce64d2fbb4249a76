"""The tables of how things came about: what became of sessions, versions of care plans, claims that were overruled."""

from sqlalchemy import JSON, Column, ForeignKey, Table, Text, UniqueConstraint

from subscribers.tables import Identifier, UtcDateTime, metadata

# Claims of its articles that somebody launched it over, with who that was.
overruling = Table(
    "overruling",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("campaign_id", Identifier, ForeignKey("campaign.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("findings", JSON, nullable=False),
    sqlite_autoincrement=True,
)

# Append-only: how a session began, and every state and end that it had since.
session_change = Table(
    "session_change",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("session_id", Identifier, ForeignKey("session.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

# Every version of a care plan that mails were planned or composed by, told apart by the hash of its file.
plan_version = Table(
    "plan_version",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", Text, nullable=False, server_default=""),  # of a studio's own file; ours come with the program
    Column("first_used_at", UtcDateTime, nullable=False),
    UniqueConstraint("name", "language", "version"),
    sqlite_autoincrement=True,
)
