"""Runs the migrations on a connection that is already in a transaction, so that an upgrade is whole or nothing."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from newsletter.errors import StoreError


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))  # as its files have it
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, current: str | None, target: str) -> None:
    """Brings the store from the revision `current` (None: no store yet) to `target`.

    Raises StoreError where `current` is not one of ours: a newer program wrote it.
    """
    folder = scripts()
    if current is not None and current not in {script.revision for script in folder.walk_revisions()}:
        raise StoreError(
            f"This store was written by a newer Afterglow (schema {current}; this program knows {target}).",
            "Update Afterglow, or use another home with --home. Nothing was changed.",
        )
    environment = EnvironmentContext(
        Config(), folder, fn=lambda revision, _context: folder._upgrade_revs(target, revision)
    )
    environment.configure(connection=connection, transactional_ddl=True)
    with environment:
        environment.run_migrations()
