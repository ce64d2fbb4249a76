"""With --json a command prints one JSON document and nothing else; these keys are promised to scripts."""

import io
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli import main
from tests.cli.terminal import Terminal

ARTICLE = {"id", "title", "dek", "date", "author", "language", "source", "blocks"}
CAMPAIGN = {"id", "name", "state", "stream", "counts", "due_at", "started_at", "finished_at"}
COUNTS = {"candidates", "queued", "sending", "accepted", "delivered", "bounced", "complained"} | {
    "suppressed",
    "failed",
    "cancelled",
    "unknown",
}
DELIVERY = {"id", "subscriber", "stream", "subject", "state", "reason", "due_at", "accepted_at", "final_at"} | {
    "provider",
    "provider_message_id",
    "attempts",
}


@pytest.mark.parametrize(
    "words",
    [
        "article list",
        "article show 1",
        "subscriber add dora@example.com --name Dóra",
        "subscriber list",
        "subscriber show anna@example.com",
        "subscriber suppress ben@example.com",
        "subscriber erase anna@example.com",
        "campaign create --article 1",
        "campaign list",
        "session list",
        "delivery list",
        "delivery reconcile",
        "forecast",
        "report overview",
        "worker --once",
        "doctor",
    ],
)
def test_a_report_is_one_document(practice: Terminal, words: str) -> None:
    """On stdout, in UTF-8 as it is; nothing on stderr where nothing takes long."""
    answer = practice(*words.split(), "--json")
    assert isinstance(answer.document, dict | list)
    assert answer.out.endswith("\n")
    assert answer.err == ""


def test_an_article_keeps_its_promise(run: Terminal, sample: Path) -> None:
    """One source gives one document; its blocks have a type and a text."""
    document = run.json("article", "add", sample)
    assert document.keys() >= ARTICLE
    assert document["date"] == "2026-02-04"
    assert {"heading", "paragraph"} <= {block["type"] for block in document["blocks"]}
    assert all(block.keys() >= {"type", "text"} for block in document["blocks"])


def test_several_articles_are_a_list(run: Terminal, sample: Path) -> None:
    """Each as one alone would be, with what became of it."""
    documents = run.json("article", "add", sample.parent)
    assert len(documents) == 3
    assert all(document.keys() >= ARTICLE for document in documents)
    again = run.json("article", "add", sample.parent)
    assert [document["change"] for document in again] == ["unchanged"] * 3


def test_composing_keeps_its_promise(run: Terminal, sample: Path, tmp_path: Path) -> None:
    """The files are there, and preflight.json holds the same findings as the report."""
    document = run.json("compose", sample, "--out", tmp_path / "out")
    assert document.keys() >= {"subject", "preheader", "html_bytes", "files", "findings"}
    assert document["files"].keys() >= {"html", "txt", "eml", "preflight"}
    assert Path(document["files"]["html"]).stat().st_size == document["html_bytes"]
    kept = json.loads(Path(document["files"]["preflight"]).read_text(encoding="utf-8"))
    assert kept == document["findings"]


def test_findings_are_said_in_full(run: Terminal, home: Path, sample: Path, tmp_path: Path) -> None:
    """A severity, a rule as area.name, the message, and where."""
    (home / "settings.toml").unlink()
    findings = run.json("compose", sample, "--out", tmp_path / "out")["findings"]
    assert findings
    for finding in findings:
        assert finding.keys() >= {"severity", "rule", "message", "where"}
        assert finding["severity"] in {"error", "warning", "advice"}
        assert finding["rule"].count(".") >= 1
    assert json.loads((tmp_path / "out" / "preflight.json").read_text(encoding="utf-8")) == findings


def test_a_campaign_keeps_its_promise(practice: Terminal) -> None:
    """From draft to sent, every candidate is accounted for."""
    draft = practice.json("campaign", "create", "--article", 1)
    assert draft.keys() >= CAMPAIGN
    assert (draft["state"], draft["due_at"]) == ("draft", None)
    sent = practice.json("campaign", "launch", draft["id"], "--at-once")
    counts = sent["counts"]
    assert counts.keys() >= COUNTS
    assert sent["state"] == "sent"
    assert counts["candidates"] == 3 == counts["accepted"] + counts["suppressed"]


def test_a_delivery_keeps_its_promise(practice: Terminal) -> None:
    """That of a campaign names it; that of a session names its step."""
    practice("campaign", "create", "--article", 1, "--at", "2026-03-04T12:00")
    practice("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended", "2026-03-04T08:00")
    practice("worker", "--once")
    ledger: list[dict[str, Any]] = practice.json("delivery", "list")
    assert all(each.keys() >= DELIVERY for each in ledger)
    assert all("campaign_id" in each or {"session_id", "step"} <= each.keys() for each in ledger)
    assert {each["stream"] for each in ledger} == {"marketing", "care"}
    for moment in filter(None, (each["accepted_at"] for each in ledger)):
        assert datetime.fromisoformat(moment).utcoffset() is not None


def test_a_forecast_keeps_its_promise(practice: Terminal) -> None:
    """A line for every mail to come, and what will become of it."""
    practice("campaign", "create", "--article", 1, "--at", "2026-03-06T12:00")
    practice("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended", "2026-03-04T11:00")
    lines = practice.json("forecast", "--days", 7)
    assert {line["stream"] for line in lines} == {"marketing", "care"}
    assert all(line.keys() >= {"at", "subscriber", "what", "stream", "will", "reason"} for line in lines)
    assert {line["will"] for line in lines} <= {"send", "skip", "hold"}


def test_the_demo_keeps_its_promise(run: Terminal, tmp_path: Path) -> None:
    """It plays its week into files, one for every mail that was accepted."""
    home = tmp_path / "demo"
    document = run.json("demo", "--home", home)
    promised = {"home", "articles", "subscribers", "sessions", "campaign", "deliveries", "outbox", "counts"}
    assert document.keys() >= promised
    files = list(Path(document["outbox"]).glob("*.eml"))
    assert len(files) == sum(each["accepted_at"] is not None for each in document["deliveries"])
    assert document["campaign"].keys() >= CAMPAIGN


def test_a_failed_command_prints_no_document(run: Terminal) -> None:
    """A script reads the exit status; the message is on stderr."""
    answer = run("article", "show", 7, "--json", status=1)
    assert answer.out == ""
    assert answer.err == "There is no article 7.\nList them with: article list\n"


def test_a_pipe_that_is_not_utf8_gets_valid_json(practice: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has them: what cannot be written is escaped."""
    practice("subscriber", "add", "dora@example.com", "--name", "Dóra 山")
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="cp1252"))
    assert main(["subscriber", "list", "--json", "--home", str(practice.home)]) == 0
    sys.stdout.flush()
    assert "Dóra 山" in {each["name"] for each in json.loads(pipe.getvalue())}
