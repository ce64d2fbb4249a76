"""The named steps of the send path, and an App that dies at one of them."""

import os
import re
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Connection, event

from newsletter.context import App
from newsletter.domain.delivery import Result
from newsletter.domain.message import Message
from newsletter.providers.base import Capabilities, Provider
from newsletter.store.database import Database


class Step(StrEnum):
    """In the order in which a campaign comes by; `in_...` is written, but not committed yet."""

    IN_START = "in_start"
    STARTED = "started"
    IN_FREEZE = "in_freeze"
    FREEZING = "freezing"  # between two chunks of the audience
    BEFORE_CLAIM = "before_claim"  # the mails are locked, their call is not written yet
    IN_CLAIM = "in_claim"
    CALL_ON_RECORD = "call_on_record"
    HALF_THE_BYTES = "half_the_bytes"  # the head of the request is out, its body is not
    BYTES_LEFT = "bytes_left"  # the service has the mails and has not answered yet; killed from outside
    ANSWER_IN = "answer_in"
    IN_RECORD = "in_record"
    RECORDED = "recorded"
    IN_TAKE_OVER = "in_take_over"
    TAKEN_OVER = "taken_over"
    ASKED = "asked"  # the service has said what became of a call in doubt
    IN_SETTLEMENT = "in_settlement"
    SETTLED = "settled"
    IN_FINISH = "in_finish"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deed:
    """What a writing transaction does, told by a statement of it; and the steps before, inside and after it."""

    statement: re.Pattern[str]
    inside: Step
    after: Step
    before: Step | None = None


_CLAIM = _Deed(
    statement=re.compile(r"INSERT INTO provider_call\b"),
    before=Step.BEFORE_CLAIM,
    inside=Step.IN_CLAIM,
    after=Step.CALL_ON_RECORD,
)
_TAKE_OVER = _Deed(
    statement=re.compile(r"UPDATE provider_call SET .*\bworker="), inside=Step.IN_TAKE_OVER, after=Step.TAKEN_OVER
)
_RECORD = _Deed(
    statement=re.compile(r"UPDATE provider_call SET .*\breason="), inside=Step.IN_RECORD, after=Step.RECORDED
)
_SETTLEMENT = replace(_RECORD, inside=Step.IN_SETTLEMENT, after=Step.SETTLED)
_FREEZE = _Deed(statement=re.compile(r"INSERT INTO delivery\b"), inside=Step.IN_FREEZE, after=Step.FREEZING)
_START = _Deed(statement=re.compile(r"UPDATE campaign SET .*\bstarted_at="), inside=Step.IN_START, after=Step.STARTED)
_FINISH = _Deed(
    statement=re.compile(r"UPDATE campaign SET .*\bfinished_at="), inside=Step.IN_FINISH, after=Step.FINISHED
)
_DEEDS = (_CLAIM, _TAKE_OVER, _RECORD, _FREEZE, _START, _FINISH)


def kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True, kw_only=True)
class Watch:
    """Sees an App come by its steps, and lets it `die` when it comes by `kill_at` for the `nth` time."""

    kill_at: Step | None = None
    nth: int = 1
    die: Callable[[], None] = kill_this_process
    settling: bool = field(default=False, init=False)  # a call of an earlier life was taken over, and is not settled

    def come_by(self, step: Step | None) -> None:
        if step is None or step is not self.kill_at:
            return
        self.nth -= 1
        if self.nth == 0:
            self.die()


def watched(app: App, watch: Watch, batch: int) -> App:
    """The same App under watch, with calls of at most `batch` mails."""
    return replace(
        app, database=_WatchedDatabase(app.database, watch), provider=_WatchedProvider(app.provider, watch, batch)
    )


class _WatchedDatabase(Database):
    def __init__(self, inner: Database, watch: Watch) -> None:
        self.engine = inner.engine
        self._watch = watch
        self._deeds: list[_Deed] = []  # of this transaction: the record of a call and the claim of the next share one
        event.listen(self.engine, "before_cursor_execute", lambda *given: self._see_statement(given[2]))
        if self.is_sqlite:  # whose driver is given some statements straight (subscribers/store/prepared.py)
            event.listen(self.engine, "do_connect", self._watch_driver)
            self.engine.dispose()

    def _watch_driver(self, _dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        options["factory"] = partial(_WatchedDriver, see=self._see_statement)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._deeds = []
        with super().write() as connection:
            yield connection
            for deed in self._deeds:
                self._watch.come_by(deed.inside)
        for deed in self._deeds:
            self._watch.settling = deed is _TAKE_OVER or (self._watch.settling and deed is not _SETTLEMENT)
            self._watch.come_by(deed.after)

    def _see_statement(self, statement: str) -> None:
        for deed in _DEEDS:
            if deed.statement.search(statement.replace("\n", " ")):
                seen = _SETTLEMENT if deed is _RECORD and self._watch.settling else deed
                if seen not in self._deeds:
                    self._deeds.append(seen)
                    self._watch.come_by(seen.before)
                return


class _WatchedDriver(sqlite3.Connection):
    """Tells of a statement just before it is carried out; those of its cursors SQLAlchemy tells of."""

    def __init__(self, *arguments: Any, see: Callable[[str], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._see = see

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._see(sql)
        return super().execute(sql, *values)

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        self._see(sql)
        return super().executemany(sql, rows)


class _WatchedProvider:
    """Sends and asks as the real one, in smaller calls."""

    def __init__(self, inner: Provider, watch: Watch, batch: int) -> None:
        self._inner = inner
        self._watch = watch
        self._batch = batch

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def capabilities(self) -> Capabilities:
        real = self._inner.capabilities
        return replace(real, batch=min(real.batch, self._batch))

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:
        results = self._inner.send(key, messages)
        self._watch.come_by(Step.ASKED if self._watch.settling else Step.ANSWER_IN)
        return results

    def look_up(self, message: Message) -> Result:
        result = self._inner.look_up(message)
        self._watch.come_by(Step.ASKED)
        return result

    def close(self) -> None:
        self._inner.close()


def watch_bytes_leave(watch: Watch) -> None:
    """http.client and smtplib tell of every piece of a call just before it leaves: a head, then a body.

    For the rest of this process: Python cannot forget an audit hook.
    """

    def see(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "http.client.send":
            half = not bytes(arguments[1]).startswith((b"POST ", b"GET "))
        else:  # by SMTP, a mail is only whole with the dot that ends it
            half = name == "smtplib.send" and bytes(arguments[1]) == b".\r\n"
        if half and not watch.settling:
            watch.come_by(Step.HALF_THE_BYTES)

    sys.addaudithook(see)
