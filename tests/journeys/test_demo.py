"""The demo: a week of a small practice, of which every mail is accounted for."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from newsletter.cli import main

Demo = Callable[[], dict[str, Any]]


class _Log(logging.Handler):
    """What the program logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def log() -> Iterator[list[str]]:
    handler = _Log()
    logging.getLogger("newsletter").addHandler(handler)
    yield handler.lines
    logging.getLogger("newsletter").removeHandler(handler)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, log: list[str]) -> Path:
    home = tmp_path_factory.mktemp("demo") / "home"
    assert main(["demo", "--home", str(home)]) == 0
    return home


@pytest.fixture
def told(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the demo says of itself, asked again."""
    assert main(["demo", "--home", str(home), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_finished_demo_says_so_and_prints_its_table_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--home", str(home)])
    assert "finished before" in capsys.readouterr().out


def test_every_candidate_is_accounted_for(told: dict[str, Any]) -> None:
    counts = told["counts"]
    assert counts["candidates"] == sum(number for name, number in counts.items() if name != "candidates")
    assert counts["candidates"] == len(told["deliveries"])
    assert counts["queued"] == counts["sending"] == counts["unknown"] == counts["failed"] == 0


def test_whatever_did_not_go_out_has_its_reason(told: dict[str, Any]) -> None:
    silent = [
        each for each in told["deliveries"] if each["state"] in ("suppressed", "cancelled") and not each["reason"]
    ]
    assert silent == []


def test_every_accepted_mail_is_one_file_and_every_file_an_accepted_mail(told: dict[str, Any]) -> None:
    files = sorted(file.name for file in Path(told["outbox"]).iterdir())
    accepted = [each["provider_message_id"] for each in told["deliveries"] if each["state"] == "accepted"]
    assert files == sorted(accepted)


def test_nobody_gets_two_mails_on_one_of_her_days(told: dict[str, Any], home: Path) -> None:
    zones = _time_zones(home)
    days = Counter(
        (address, datetime.fromisoformat(each["accepted_at"]).astimezone(zones[address]).date())
        for each in told["deliveries"]
        if each["accepted_at"]
        for address in [each["subscriber"]["email"]]
    )
    assert {key: number for key, number in days.items() if number > 1} == {}


def test_nobody_is_mailed_in_her_quiet_hours(told: dict[str, Any], home: Path) -> None:
    zones = _time_zones(home)
    accepted = [each for each in told["deliveries"] if each["accepted_at"]]
    hours = {
        datetime.fromisoformat(each["accepted_at"]).astimezone(zones[each["subscriber"]["email"]]).hour
        for each in accepted
    }
    assert hours <= set(range(9, 20))


def test_the_mails_can_be_left_by_one_click_and_tell_no_health_fact_in_the_head(told: dict[str, Any]) -> None:
    for file in Path(told["outbox"]).iterdir():
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        head = str(mail.items()).casefold()
        assert mail["List-Unsubscribe"].startswith("<https://")
        assert not [word for word in ("reiki", "deep-tissue", "tender", "relaxation") if word in head]


def test_the_log_of_the_demo_names_nobody_and_no_health_fact(told: dict[str, Any], log: list[str]) -> None:
    written = "\n".join(log).casefold()
    assert not [each for each in told["deliveries"] if each["subscriber"]["email"] in written]
    assert not [word for word in ("reiki", "deep-tissue", "tender", "relaxation", "massage") if word in written]


def test_the_demo_leaves_another_studios_home_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["subscriber", "add", "own@example.com", "--home", str(tmp_path)])
    assert main(["demo", "--home", str(tmp_path)]) == 1
    assert "own clients" in capsys.readouterr().err


def _time_zones(home: Path) -> dict[str, ZoneInfo]:
    import tomllib
    from importlib.resources import files

    clients = tomllib.loads(files("newsletter.samples").joinpath("clients.toml").read_text("utf-8"))["clients"]
    return {client["email"]: ZoneInfo(client["timezone"]) for client in clients}
