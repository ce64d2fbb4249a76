"""The floor: prebuilt bytes through a raw socket, and the store's protocol by hand on plain sqlite3. Nothing else."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bench.readers import NOW, email, name
from bench.section import Action, Figures, Setting

_SCHEMA = """
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, call_id INTEGER
);
CREATE INDEX queue ON delivery (id) WHERE state = 'queued';
CREATE TABLE call (
    id INTEGER PRIMARY KEY, members TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, answer BLOB
);
"""
_CLAIM = """
UPDATE delivery SET state = 'sending', call_id = ? WHERE id BETWEEN ? AND ? AND state = 'queued'
RETURNING id, email, name
"""
_OPEN = "INSERT INTO call (id, members, state, at) VALUES (?, ?, 'open', ?)"
_CLOSE = "UPDATE call SET state = 'accepted', answer = ? WHERE id = ?"


@contextmanager
def full_bodies(setting: Setting) -> Iterator[Action]:
    """A hundred whole mails a call."""
    with _sending(setting, 100) as action:
        yield action


@contextmanager
def variables(setting: Setting) -> Iterator[Action]:
    """One template and the values of a thousand readers a call."""
    with _sending(setting, 1000) as action:
        yield action


@contextmanager
def _sending(setting: Setting, batch: int) -> Iterator[Action]:
    assert setting.number % batch == 0
    call = (setting.home / "call.bin").read_bytes()
    address = urlsplit(setting.url)
    store = _store(setting.home / "floor.db", setting.number)
    with closing(store), socket.create_connection((address.hostname, address.port or 80)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield partial(_send_all, store, connection, call, setting.number, batch)


def _send_all(store: sqlite3.Connection, connection: socket.socket, call: bytes, number: int, batch: int) -> Figures:
    """The record of a call and the claim of the next share a transaction."""
    answer = b""
    for call_id, first in enumerate(range(1, number + 1, batch), 1):
        _turn(store, answer, call_id, first, batch)
        connection.sendall(call)
        answer = _answer(connection)
    store.execute(_CLOSE, (answer, number // batch))
    return {}


def _turn(store: sqlite3.Connection, answer: bytes, call_id: int, first: int, batch: int) -> None:
    store.execute("BEGIN IMMEDIATE")
    store.execute(_CLOSE, (answer, call_id - 1))
    members = store.execute(_CLAIM, (call_id, first, first + batch - 1)).fetchall()
    store.execute(_OPEN, (call_id, json.dumps(members), NOW.isoformat()))
    store.execute("COMMIT")


def _answer(connection: socket.socket) -> bytes:
    """The body of the next answer."""
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
    rows = ((each, email(each), name(each), "queued") for each in range(1, number + 1))
    store.execute("BEGIN")
    store.executemany("INSERT INTO delivery (id, email, name, state) VALUES (?, ?, ?, ?)", rows)
    store.execute("COMMIT")
    return store
