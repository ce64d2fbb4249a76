"""The first schema: the audience, articles, editions, campaigns, sessions, deliveries and calls."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("source", name="uq_article_source"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "edition",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.UniqueConstraint("digest", name="uq_edition_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_batch",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "sender",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("resume_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_sender"),
    )
    op.create_table(
        "suppression",
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "stream", name="pk_suppression"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "campaign",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("edition_id", Identifier, nullable=False),
        sa.Column("segment", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=True),
        sa.Column("frozen_through", Identifier, server_default="0", nullable=False),
        sa.Column("frozen_at", UtcDateTime, nullable=True),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_campaign_edition_id_edition"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_campaign_open", "campaign", ["state", "due_at"], unique=False)
    op.create_table(
        "provider_call",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("edition_id", Identifier, nullable=False),
        sa.Column("payload_hash", sa.Text(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lease_until", UtcDateTime, nullable=False),
        sa.Column("prepared_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_provider_call_edition_id_edition"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_call"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_provider_call_open",
        "provider_call",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("import_batch_id", Identifier, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("erased_at", UtcDateTime, nullable=True),
        sa.CheckConstraint("(email IS NULL) = (erased_at IS NOT NULL)", name="ck_subscriber_erased_has_no_email"),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batch.id"], name="fk_subscriber_import_batch_id_import_batch"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscriber"),
        sa.UniqueConstraint("address_hash", name="uq_subscriber_address_hash"),
        sa.UniqueConstraint("email", name="uq_subscriber_email"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriber_import_batch_id", "subscriber", ["import_batch_id"], unique=False)
    op.create_table(
        "campaign_article",
        sa.Column("campaign_id", Identifier, autoincrement=False, nullable=False),
        sa.Column("article_id", Identifier, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_campaign_article_article_id_article"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_campaign_article_campaign_id_campaign"),
        sa.PrimaryKeyConstraint("campaign_id", "article_id", name="pk_campaign_article"),
    )
    op.create_table(
        "consent",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subscriber_id", Identifier, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("wording", sa.Text(), server_default="", nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_consent_subscriber_id_subscriber"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_subscriber_id_stream_id", "consent", ["subscriber_id", "stream", "id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("subscriber_id", Identifier, nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("practitioner", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_session_subscriber_id_subscriber"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("reference", name="uq_session_reference"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_subscriber_id", "session", ["subscriber_id"], unique=False)
    op.create_table(
        "subscriber_tag",
        sa.Column("subscriber_id", Identifier, autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_subscriber_tag_subscriber_id_subscriber"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "tag", name="pk_subscriber_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_subscriber_tag_tag_subscriber_id", "subscriber_tag", ["tag", "subscriber_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("campaign_id", Identifier, nullable=True),
        sa.Column("session_id", Identifier, nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("subscriber_id", Identifier, nullable=False),
        sa.Column("edition_id", Identifier, nullable=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("called_at", UtcDateTime, nullable=True),
        sa.Column("accepted_at", UtcDateTime, nullable=True),
        sa.Column("final_at", UtcDateTime, nullable=True),
        sa.Column("provider_call_id", Identifier, nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_message_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("(session_id IS NULL) = (step IS NULL)", name="ck_delivery_step_of_session"),
        sa.CheckConstraint("campaign_id IS NULL OR session_id IS NULL", name="ck_delivery_one_origin"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_delivery_campaign_id_campaign"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_delivery_edition_id_edition"),
        sa.ForeignKeyConstraint(
            ["provider_call_id"], ["provider_call.id"], name="fk_delivery_provider_call_id_provider_call"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_delivery_session_id_session"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_delivery_subscriber_id_subscriber"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("campaign_id", "subscriber_id", name="uq_delivery_campaign_id_subscriber_id"),
        sa.UniqueConstraint("session_id", "step", name="uq_delivery_session_id_step"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_person", "delivery", ["subscriber_id", "called_at"], unique=False)
    op.create_index("ix_delivery_provider_call_id", "delivery", ["provider_call_id"], unique=False)
    op.create_index(
        "ix_delivery_queue",
        "delivery",
        ["priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
