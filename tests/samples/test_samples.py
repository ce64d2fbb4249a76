"""Rules on the samples: true to the rules that the product keeps, and nobody's real address."""

import tomllib
from datetime import datetime, time
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from newsletter.domain.article import Paragraph, inline
from newsletter.domain.care_rules import SERVICES
from newsletter.domain.claims import findings
from newsletter.packs.loading import load_claim_rules

SAMPLES = files("newsletter.samples")
ARTICLES = sorted(entry.name for entry in (SAMPLES / "articles").iterdir())


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLES / name).read_text(encoding="utf-8"))


def words_of(article: str) -> str:
    text = (SAMPLES / "articles" / article).read_text(encoding="utf-8")
    return str(html.fromstring(text).xpath("string(//article)")) if article.endswith(".html") else text


def test_there_is_an_article_in_each_form() -> None:
    """Plain text, Markdown and a whole page."""
    assert {name.rpartition(".")[2] for name in ARTICLES} == {"txt", "md", "html"}


@pytest.mark.parametrize("article", ARTICLES)
def test_an_article_is_of_a_length_that_is_read(article: str) -> None:
    """500 to 800 words."""
    assert 500 <= len(words_of(article).split()) <= 800


@pytest.mark.parametrize("article", ARTICLES)
def test_an_article_makes_no_claim(article: str) -> None:
    """The samples show what good wording looks like."""
    blocks = [Paragraph(spans=inline(text)) for text in words_of(article).split("\n\n")]
    assert findings(blocks, load_claim_rules("en"), refuse=False) == ()


def test_every_client_has_a_reserved_address_of_her_own() -> None:
    """RFC 2606: no mail of the demo could ever reach anybody."""
    addresses = [client["email"] for client in table("clients.toml")["clients"]]
    assert len(set(addresses)) == 60
    assert {address.partition("@")[2] for address in addresses} == {"example.com", "example.net", "example.org"}


def test_the_clients_live_in_three_time_zones_and_differ_in_what_they_allow() -> None:
    """So that the demo has somebody to leave out, and a reason."""
    clients = table("clients.toml")["clients"]
    assert {client["timezone"] for client in clients} == {"Europe/London", "America/New_York", "Australia/Sydney"}
    assert {tuple(client["consents"]) for client in clients} == {("marketing", "care"), ("marketing",), ("care",), ()}
    assert any("suppressed" in client for client in clients)
    assert any("unsubscribed" in client for client in clients)
    assert any(not client["name"] for client in clients)


def test_sessions_are_of_known_clients_and_services_within_working_hours() -> None:
    """One therapist: at least 75 minutes from one end to the next, the last at half past eight."""
    sessions, clients = table("sessions.toml")["sessions"], table("clients.toml")["clients"]
    assert {session["client"] for session in sessions} <= {client["key"] for client in clients}
    assert {service for session in sessions for service in session["services"]} <= set(SERVICES)
    ends: list[datetime] = [session["ended"] for session in sessions]
    assert all(time(10) <= end.time() <= time(20, 30) for end in ends)
    assert all((later - earlier).total_seconds() >= 75 * 60 for earlier, later in pairwise(ends))


def test_the_week_of_sessions_has_every_case_of_the_demo() -> None:
    """Two tender, one of two services, one cancelled, one moved, and evenings that quiet hours hold back."""
    sessions = table("sessions.toml")["sessions"]
    assert len(sessions) == 24
    assert [len(session["services"]) for session in sessions].count(2) == 1
    counts = {key: sum(key in session for session in sessions) for key in ("flags", "cancelled_at", "moved_to")}
    assert counts == {"flags": 2, "cancelled_at": 1, "moved_to": 1}
    assert sum(session["ended"].time() >= time(17) for session in sessions) >= 4
