"""Importing a CSV file of readers, each of its rows validated."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import homes
from bench.readers import NOW, email, name
from bench.section import Action, Figures, Setting
from newsletter.context import App
from subscribers.consent import Stream
from subscribers.transfer.importing import import_csv

_FILE = "readers.csv"


def prepare(setting: Setting) -> None:
    with (setting.home / _FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Email", "Name", "Country", "Tags"))
        writer.writerows((email(each), name(each), "GB", "regulars") for each in range(1, setting.number + 1))


@contextmanager
def file(setting: Setting) -> Iterator[Action]:
    with homes.opened(setting.home / "home") as app:
        yield partial(_import, app, setting.home / _FILE, setting.number)


def _import(app: App, path: Path, number: int) -> Figures:
    with app.database.write() as connection:
        report = import_csv(
            connection,
            path,
            dry_run=False,
            now=NOW,
            key=app.key,
            consent_streams=frozenset({Stream.MARKETING}),
            country="GB",
        )
    assert report.added == number
    return {}
