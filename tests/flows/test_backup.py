"""Backups: one file that is whole or not there, and a restored store that sends nothing twice."""

import json
import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from newsletter import campaigns
from newsletter.app import open_app
from newsletter.backup import back_up, require_store, restore, verify
from newsletter.config import Settings
from newsletter.context import App
from newsletter.errors import InputError, RefusedError, StoreError
from newsletter.store import deliveries, meta, tables
from newsletter.store.database import Database
from newsletter.worker import tick
from subscribers import store
from subscribers.subscriber import details
from subscribers.tables import metadata
from tests.conftest import STUDIO
from tests.flows.conftest import add_readers, launch, ledger, make_campaign

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SETTINGS = '[studio]\nname = "Juniper Lane"\n'


@pytest.fixture
def database_url() -> None:
    """The home's own SQLite file: PostgreSQL has its own backups."""


@pytest.fixture
def practice(app: App) -> App:
    """A home with settings, readers, and a newsletter that waits."""
    (app.settings.home / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    add_readers(app, 3, NOW)
    campaigns.launch(app, make_campaign(app, NOW), NOW)
    campaigns.start_due(app, NOW)
    return app


@pytest.fixture
def backup(practice: App, tmp_path: Path) -> Path:
    file = tmp_path / "monday.zip"
    back_up(practice, file, NOW)
    return file


@pytest.fixture
def new_home(tmp_path: Path) -> Settings:
    return Settings.model_validate({"home": tmp_path / "new-home", "studio": STUDIO})


def _rows(database: Database) -> dict[str, list[Any]]:
    """Everything but what the store knows of itself, which says that it is held."""
    with database.read() as connection:
        tables = [table for table in metadata.sorted_tables if table.name != "meta"]
        return {table.name: list(connection.execute(select(table))) for table in tables}


def test_a_restored_home_is_what_was_kept(practice: App, backup: Path, new_home: Settings) -> None:
    restore(new_home, backup, NOW)
    with open_app(new_home) as restored:
        assert (restored.store_id, restored.key) == (practice.store_id, practice.key)
        assert _rows(restored.database) == _rows(practice.database)
    assert (new_home.home / "settings.toml").read_text(encoding="utf-8") == SETTINGS


def test_a_restored_store_sends_nothing_until_it_is_told_to_go_on(backup: Path, new_home: Settings) -> None:
    restore(new_home, backup, NOW)
    with open_app(new_home) as restored:
        tick(restored, lambda: NOW + timedelta(minutes=5))
        assert not (new_home.home / "outbox").exists()
        with restored.database.write() as connection:
            hold = meta.held(connection)
            meta.release(connection)
        assert hold is not None
        assert "02 March 2026 at 12:00 UTC" in hold.reason
        tick(restored, lambda: NOW + timedelta(minutes=10))
        assert {each.state.value for each in ledger(restored)} == {"accepted"}


def test_a_newsletter_that_is_overdue_when_mail_goes_on_asks_first(
    practice: App, tmp_path: Path, new_home: Settings
) -> None:
    campaign_id = make_campaign(practice, NOW, name="Next")
    campaigns.launch(practice, campaign_id, NOW + timedelta(hours=1))
    back_up(practice, tmp_path / "monday.zip", NOW)
    restore(new_home, tmp_path / "monday.zip", NOW)
    with open_app(new_home) as restored:
        tick(restored, lambda: NOW + timedelta(hours=2))
        with restored.database.write() as connection:
            meta.release(connection)
        tick(restored, lambda: NOW + timedelta(days=3))
        with restored.database.read() as connection:
            assert deliveries.counts(connection, campaign_id)["candidates"] == 0


def test_ids_that_were_given_after_the_backup_are_not_given_again(
    practice: App, backup: Path, new_home: Settings
) -> None:
    """A mail service knows a mail by its id; an unsubscribe link knows a person by hers."""
    restore(new_home, backup, NOW)
    ids = []
    for home in (practice, None):
        with open_app(home.settings if home else new_home) as app, app.database.write() as connection:
            meta.release(connection)
            ids.append(store.add(connection, details("late@example.com"), key=app.key, now=NOW).id)
        with open_app(home.settings if home else new_home) as app:
            tick(app, lambda: NOW)
            with app.database.read() as connection:
                ids.append(connection.execute(select(tables.provider_call.c.id)).scalar_one())
    assert len(set(ids)) == 4


def test_a_backup_is_made_while_others_write(practice: App, tmp_path: Path) -> None:
    with practice.database.write() as connection:
        store.add(connection, details("uncommitted@example.com"), key=practice.key, now=NOW)
        made = back_up(practice, tmp_path / "meanwhile.zip", NOW)
    assert made.counts["subscriber"] == 3


def test_only_its_owner_can_read_a_backup(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600


def test_nothing_but_the_backup_is_left(backup: Path) -> None:
    assert sorted(path.name for path in backup.parent.iterdir()) == ["home", "monday.zip"]


def test_a_manifest_tells_what_is_inside(practice: App, backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        told = json.loads(archive.read("manifest.json"))
    assert set(told["parts"]) == {"afterglow.db", "secret.key", "settings.toml"}
    assert (told["store_id"], told["counts"]["subscriber"]) == (practice.store_id, 3)


def test_an_existing_file_is_never_overwritten(practice: App, tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"sea")
    with pytest.raises(RefusedError, match="already"):
        back_up(practice, file, NOW)
    assert file.read_bytes() == b"sea"


def test_a_backup_needs_a_folder(practice: App, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        back_up(practice, tmp_path / "nowhere" / "monday.zip", NOW)


def test_a_home_without_a_store_is_not_backed_up_as_an_empty_one(new_home: Settings) -> None:
    with pytest.raises(RefusedError, match="no store"):
        require_store(new_home)
    assert not new_home.home.exists()


@pytest.mark.postgresql
def test_a_store_on_postgresql_is_left_to_its_own_tools(postgresql_url: str, tmp_path: Path) -> None:
    elsewhere = Settings.model_validate({"home": tmp_path / "other", "database_url": postgresql_url})
    with open_app(elsewhere) as app, pytest.raises(RefusedError, match="pg_dump"):
        back_up(app, tmp_path / "monday.zip", NOW)


def test_a_backup_is_not_restored_beside_the_store_that_is_used(backup: Path, new_home: Settings) -> None:
    elsewhere = Settings.model_validate({"home": new_home.home, "database_url": "postgresql://host/name"})
    with pytest.raises(RefusedError, match="AFTERGLOW_DATABASE_URL"):
        restore(elsewhere, backup, NOW)


@pytest.mark.parametrize("name", ["afterglow.db", "afterglow.db-wal", "secret.key", "settings.toml"])
def test_restoring_never_overwrites(backup: Path, new_home: Settings, name: str) -> None:
    new_home.home.mkdir()
    (new_home.home / name).write_bytes(b"mine")
    with pytest.raises(RefusedError, match="new home"):
        restore(new_home, backup, NOW)
    assert (new_home.home / name).read_bytes() == b"mine"


def test_a_restore_that_was_interrupted_can_begin_anew(practice: App, backup: Path, new_home: Settings) -> None:
    """The store comes last; what is there of the other parts is the same."""
    new_home.home.mkdir()
    (new_home.home / "secret.key").write_bytes((practice.settings.home / "secret.key").read_bytes())
    restore(new_home, backup, NOW)
    assert (new_home.home / "afterglow.db").exists()


def test_a_key_that_was_given_must_be_given_again(open_home: Any, tmp_path: Path, new_home: Settings) -> None:
    with open_home(secret_key="a key of the operator's own") as app:
        back_up(app, tmp_path / "monday.zip", NOW)
    with pytest.raises(RefusedError, match="AFTERGLOW_SECRET_KEY"):
        restore(new_home, tmp_path / "monday.zip", NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_backup_is_refused_or_still_whole(backup: Path, data: st.DataObject) -> None:
    """Any byte may have changed, and the end may be missing."""
    kept, content = verify(backup), bytearray(backup.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = backup.with_name("damaged.zip")
    damaged.write_bytes(content[: data.draw(st.integers(len(content) - 50, len(content)))])
    with suppress(InputError):
        assert verify(damaged).parts == kept.parts


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.zip"
    file.write_bytes(content)
    with pytest.raises(InputError, match="no backup"):
        verify(file)


@pytest.mark.parametrize(
    "change",
    [
        {"parts": {}},
        {"parts": {"../escaped": {"bytes": 1, "sha256": ""}}},
        {"parts": {"afterglow.db": {"bytes": 10**18, "sha256": ""}}},
        {"format": 2},
        {"made_at": "2026-03-02T12:00:00"},
    ],
)
def test_a_manifest_that_lies_is_refused(backup: Path, new_home: Settings, change: dict[str, Any]) -> None:
    with zipfile.ZipFile(backup) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["manifest.json"] = json.dumps(json.loads(parts["manifest.json"]) | change).encode()
    with zipfile.ZipFile(backup, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="no backup"):
        restore(new_home, backup, NOW)
    assert not new_home.home.exists()


def test_a_damaged_store_is_not_kept(practice: App, tmp_path: Path) -> None:
    store_file = practice.settings.home / "afterglow.db"
    launch(practice, NOW)
    practice.database.close()
    with store_file.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))
    with pytest.raises(StoreError):
        back_up(practice, tmp_path / "monday.zip", NOW)
    assert not (tmp_path / "monday.zip").exists()


def test_a_backup_that_is_killed_leaves_no_half_file(practice: App, tmp_path: Path) -> None:
    _fill(practice)
    file = tmp_path / "killed.zip"
    command = [sys.executable, str(ROOT / "run.py"), "backup", str(file), "--home", str(practice.settings.home)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(tmp_path.glob("killed.zip.unfinished-*/backup.zip")):
            pass
        process.kill()
    assert process.returncode < 0
    assert not file.exists()
    assert back_up(practice, file, NOW) == verify(file)


def _fill(app: App) -> None:
    """Some megabytes that do not shrink, so that packing them takes a while."""
    words = {"stream": "marketing", "language": "en", "subject": "", "preheader": "", "text": "", "created_at": NOW}
    rows = [words | {"digest": str(number), "html": os.urandom(50_000).hex()} for number in range(150)]
    with app.database.write() as connection:
        connection.execute(insert(tables.edition), rows)
