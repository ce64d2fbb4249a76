"""An import keeps what it changed, so that it can be undone; a reader keeps how many newsletters she wishes for."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Identifier, UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("frequency", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscriber", sa.Column("changed_at", UtcDateTime))
    some = sa.text("frequency <> ''")
    op.create_index("ix_subscriber_wishes", "subscriber", ["id"], sqlite_where=some, postgresql_where=some)
    op.add_column("consent", sa.Column("import_batch_id", Identifier))
    # Known of the imports so far: their source and moment stand in the entry.
    op.execute(
        "UPDATE consent SET import_batch_id = (SELECT MIN(b.id) FROM import_batch AS b"
        " WHERE consent.source = 'import ' || b.file_name AND consent.at = b.at) WHERE source LIKE 'import %'"
    )
    op.add_column("import_batch", sa.Column("undone_at", UtcDateTime))
    op.create_table(
        "import_change",
        sa.Column("import_batch_id", Identifier, nullable=False),
        sa.Column("subscriber_id", Identifier, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, server_default=""),
        sa.Column("before", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("import_batch_id", "subscriber_id", "what", "value", name="pk_import_change"),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batch.id"], name="fk_import_change_import_batch_id_import_batch"
        ),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_import_change_subscriber_id_subscriber"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_import_change_subscriber_id", "import_change", ["subscriber_id"])
