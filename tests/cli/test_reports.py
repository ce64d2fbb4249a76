"""`report` and `forecast`, as they are read by people and by scripts."""

import pytest

from tests.cli.terminal import Terminal

REPORT = {"counts", "accepted_share", "suppressed", "failed", "median_seconds_to_accepted", "reconciliation"}


@pytest.fixture
def sent(practice: Terminal) -> Terminal:
    practice("campaign", "create", "--article", 1)
    practice("campaign", "launch", 1, "--at-once")
    return practice


def test_a_campaigns_report_adds_up(sent: Terminal) -> None:
    document = sent.json("report", "campaign", 1)
    assert document.keys() >= REPORT
    assert document["reconciliation"] == {
        "line": "3 candidates = 2 accepted + 1 suppressed",
        "adds_up": True,
        "faults": [],
    }
    assert document["suppressed"] == [{"reason": "has not agreed to newsletters", "count": 1}]
    assert document["accepted_share"] == pytest.approx(2 / 3)


def test_the_overview_lists_campaigns_steps_and_services(sent: Terminal) -> None:
    document = sent.json("report", "overview")
    assert document.keys() >= REPORT | {"campaigns", "steps", "providers"}
    assert [each["campaign"]["id"] for each in document["campaigns"]] == [1]
    assert [each["name"] for each in document["providers"]] == ["file"]


def test_a_report_says_its_equation_in_words(sent: Terminal) -> None:
    for words in ("campaign 1", "overview"):
        assert "3 candidates = 2 accepted + 1 suppressed" in sent("report", *words.split()).out


def test_a_forecast_names_people_and_subjects(practice: Terminal) -> None:
    practice("campaign", "create", "--article", 1, "--at", "2026-03-06T12:00")
    out = practice("forecast").out
    assert "3 mails in the next 30 days" in out
    assert "Anna" in out
    assert "has not agreed to newsletters" in out


def test_a_forecast_writes_nothing(practice: Terminal) -> None:
    practice("campaign", "create", "--article", 1, "--at", "2026-03-04T12:00")
    before = practice.dump()
    practice("forecast")
    assert practice.dump() == before
    assert not (practice.home / "outbox").exists()
