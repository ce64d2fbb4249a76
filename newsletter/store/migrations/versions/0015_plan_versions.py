"""What became of a session, which version of a plan a mail was planned and composed by, which claims were overruled."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "session_change",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("session_id", Identifier, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session_change"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_session_change_session_id_session"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_change_session_id", "session_change", ["session_id"])
    op.create_table(
        "plan_version",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, server_default=""),
        sa.Column("first_used_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_version"),
        sa.UniqueConstraint("name", "language", "version", name="uq_plan_version_name_language_version"),
        sqlite_autoincrement=True,
    )
    op.add_column("delivery", sa.Column("planned_version_id", Identifier))
    op.add_column("delivery", sa.Column("composed_version_id", Identifier))
    op.create_table(
        "overruling",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("campaign_id", Identifier, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overruling"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_overruling_campaign_id_campaign"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_overruling_campaign_id", "overruling", ["campaign_id"])
    # Of the sessions that are there, only how they began and where they stand is known.
    op.execute(
        "INSERT INTO session_change (session_id, at, state, ended_at) SELECT id, created_at, "
        "CASE WHEN state IN ('presumed', 'no_show', 'cancelled', 'held') THEN 'booked' ELSE state END, ended_at "
        "FROM session ORDER BY id"
    )
    op.execute(
        "INSERT INTO session_change (session_id, at, state, ended_at) SELECT id, changed_at, state, ended_at "
        "FROM session WHERE state IN ('presumed', 'no_show', 'cancelled', 'held') ORDER BY id"
    )
