"""Rules on editions in the store."""

from dataclasses import replace
from datetime import datetime, timedelta

from newsletter.domain.edition import Edition
from newsletter.store import editions
from newsletter.store.database import Database


def test_an_edition_comes_out_as_it_went_in(database: Database, edition: Edition, edition_id: int) -> None:
    """To the byte, or its digest would not be its own."""
    with database.read() as connection:
        kept = editions.get(connection, edition_id)
    assert (kept, kept.digest) == (edition, edition.digest)


def test_an_equal_edition_is_kept_once(database: Database, edition: Edition, edition_id: int, now: datetime) -> None:
    """Whenever it is composed again."""
    with database.write() as connection:
        assert editions.save(connection, replace(edition), now + timedelta(days=1)) == edition_id


def test_another_edition_is_another(database: Database, edition: Edition, edition_id: int, now: datetime) -> None:
    """What was sent is never overwritten."""
    with database.write() as connection:
        assert editions.save(connection, replace(edition, subject="Summer"), now) != edition_id
        assert editions.get(connection, edition_id) == edition
