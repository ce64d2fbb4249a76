"""A terminal to type commands into: each runs in this process, in a home of its own."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything else there is an error."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs command lines in `home`, at `now`."""

    home: Path
    now: str
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object, now: str = "", status: int = 0) -> Answer:
        """`run("article", "list")` is `run.py article list --home ... --now ...`; `status` is what it must end with."""
        given = list(map(str, words))
        for option, value in (("--home", str(self.home)), ("--now", now or self.now)):
            given += [] if option in given else [option, value]
        self.capsys.readouterr()
        ended = main(given)
        captured = self.capsys.readouterr()
        assert ended == status, captured.err
        return Answer(status=ended, out=captured.out, err=captured.err)

    def json(self, *words: object, now: str = "") -> Any:
        """The document of a command that worked."""
        return self(*words, "--json", now=now).document

    def dump(self) -> list[str]:
        """Everything the home's store holds, as SQL; nothing where there is no store."""
        store = self.home / "afterglow.db"
        if not store.exists():
            return []
        with closing(sqlite3.connect(store)) as connection:
            return list(connection.iterdump())


MakeFile = Callable[[str, bytes], Path]
