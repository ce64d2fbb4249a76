"""The floor: prebuilt bytes through a raw socket, and the store's protocol by hand on plain sqlite3. Nothing else."""

import json
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bench import bodies, work
from bench.section import Action, Setting

_SCHEMA = """
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, call_id INTEGER
);
CREATE INDEX queue ON delivery (id) WHERE state = 'queued';
CREATE TABLE call (
    id INTEGER PRIMARY KEY, members TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, answer BLOB
);
"""
_CLAIM = "UPDATE delivery SET state = 'sending', call_id = ? WHERE id BETWEEN ? AND ? AND state = 'queued' RETURNING id, email, name"
_OPEN = "INSERT INTO call (id, members, state, at) VALUES (?, ?, 'open', ?)"
_CLOSE = "UPDATE call SET state = 'accepted', answer = ? WHERE id = ?"


@contextmanager
def full_bodies(setting: Setting) -> Iterator[Action]:
    """A hundred whole mails a call."""
    yield from _sending(setting, bodies.full_call(setting.url), bodies.FULL_BATCH)


@contextmanager
def variables(setting: Setting) -> Iterator[Action]:
    """One template and the values of a thousand readers a call."""
    yield from _sending(setting, bodies.variables_call(setting.url), bodies.VARIABLES_BATCH)


def _sending(setting: Setting, request: bytes, batch: int) -> Iterator[Action]:
    with closing(_store(setting.home / "floor.db", setting.number)) as store:
        address = urlsplit(setting.url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield partial(_send_all, store, connection, request, setting.number, batch)


def _send_all(
    store: sqlite3.Connection, connection: socket.socket, request: bytes, number: int, batch: int
) -> Mapping[str, float]:
    """A claim and the record of the call before it share a transaction, as they may: no call lies between them."""
    answer: bytes | None = None
    for call_id, first in enumerate(range(1, number + 1, batch), 1):
        _turn(store, answer, call_id, first, batch)
        connection.sendall(request)
        answer = _body_of_answer(connection)
    store.execute(_CLOSE, (answer, number // batch))
    return {}


def _turn(store: sqlite3.Connection, answer: bytes | None, call_id: int, first: int, batch: int) -> None:
    store.execute("BEGIN IMMEDIATE")
    if answer is not None:
        store.execute(_CLOSE, (answer, call_id - 1))
    members = store.execute(_CLAIM, (call_id, first, first + batch - 1)).fetchall()
    store.execute(_OPEN, (call_id, json.dumps(members), work.NOW.isoformat()))
    store.execute("COMMIT")


def _body_of_answer(connection: socket.socket) -> bytes:
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(65536)
    length = int(received[:end].lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
    while len(received) < end + 4 + length:
        received += connection.recv(65536)
    return received[end + 4 :]


def _store(file: Path, number: int) -> sqlite3.Connection:
    store = sqlite3.connect(file, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.executescript(_SCHEMA)
    rows = ((each, work.email(each), work.NAMES[each % len(work.NAMES)], "queued") for each in range(1, number + 1))
    store.execute("BEGIN")
    store.executemany("INSERT INTO delivery (id, email, name, state) VALUES (?, ?, ?, ?)", rows)
    store.execute("COMMIT")
    return store
