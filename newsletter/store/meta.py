"""What the store keeps by name: what it is called, whether it holds its mail, and how files are to be read."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from newsletter.store.tables import meta
from subscribers.store.insertion import upsert
from subscribers.store.prepared import Prepared

_STORE_ID = "store_id"
_HELD = "held"
_VALUE = Prepared(select(meta.c.value).where(meta.c.key == bindparam("name")))  # asked before every call


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing leaves this store until it is told to go on. `since` is UTC."""

    reason: str
    since: datetime


def store_id(connection: Connection) -> str:
    """A random name of this store, made with it: our message ids begin with it and so are nobody else's."""
    found: str = connection.execute(select(meta.c.value).where(meta.c.key == _STORE_ID)).scalar_one()
    return found


def name_store(connection: Connection) -> None:
    """Gives a new store its name; an old one keeps its own."""
    if connection.execute(select(meta.c.value).where(meta.c.key == _STORE_ID)).scalar() is None:
        connection.execute(insert(meta).values(key=_STORE_ID, value=secrets.token_hex(6)))


def held(connection: Connection) -> Hold | None:
    """Why nothing may leave; None where mail goes out as usual."""
    if not (written := remembered(connection, _HELD)):
        return None
    return Hold(reason=written["reason"], since=datetime.fromisoformat(written["since"]))


def hold(connection: Connection, reason: str, now: datetime) -> None:
    """Keeps all mail in the store from now on; the latest reason counts."""
    value = json.dumps({"reason": reason, "since": now.isoformat()})
    written = upsert(connection, meta).values(key=_HELD, value=value)
    connection.execute(written.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def release(connection: Connection) -> None:
    """Lets mail go out again."""
    connection.execute(delete(meta).where(meta.c.key == _HELD))


def remembered(connection: Connection, name: str) -> dict[str, str]:
    """What was remembered under that name; empty where nothing was."""
    found = _VALUE.rows(connection, {"name": name})
    return dict(json.loads(found[0].value)) if found else {}


def remember(connection: Connection, name: str, words: Mapping[str, str]) -> None:
    """Keeps `words` under a name, in place of what was there."""
    value = json.dumps(dict(words), ensure_ascii=False)
    written = upsert(connection, meta).values(key=name, value=value)
    connection.execute(written.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
