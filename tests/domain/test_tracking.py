"""Machines are told from people by who asks, when, and how many at once; and a reader's word counts."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.event import Kind
from newsletter.domain.tracking import SOON, Tracking, Visit, is_machine, may_be_noted, scan_of

HANDED_OVER = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = HANDED_OVER + timedelta(hours=2)
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
PEOPLE = [
    SAFARI,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile",
]
MACHINES = [
    "",
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (compatible; Barracuda Sentinel)",
    "Mozilla/5.0 (compatible; bingbot/2.0)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36",
    "python-requests/2.32",
    "Go-http-client/2.0",
]


def visit(user_agent: str = SAFARI, method: str = "GET", purpose: str = "") -> Visit:
    return Visit(method=method, user_agent=user_agent, purpose=purpose)


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_a_readers_own_program_is_a_person(user_agent: str) -> None:
    assert not is_machine(visit(user_agent), LATER, HANDED_OVER)


@pytest.mark.parametrize("user_agent", MACHINES)
def test_a_program_that_fetches_for_others_is_a_machine(user_agent: str) -> None:
    assert is_machine(visit(user_agent), LATER, HANDED_OVER)


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "Preview", "x prefetch"])
def test_looking_ahead_is_a_machines(purpose: str) -> None:
    assert is_machine(visit(purpose=purpose), LATER, HANDED_OVER)
    assert is_machine(visit(method="HEAD"), LATER, HANDED_OVER)


@pytest.mark.parametrize(
    ("after", "machine"), [(timedelta(0), True), (SOON - timedelta(seconds=1), True), (SOON, False), (-SOON, True)]
)
def test_nobody_reads_in_the_first_seconds(after: timedelta, machine: bool) -> None:
    assert is_machine(visit(), HANDED_OVER + after, HANDED_OVER) is machine


def test_a_mail_that_never_left_has_no_reader() -> None:
    assert is_machine(visit(), LATER, None)


@pytest.mark.parametrize(("links", "scan"), [(1, 2), (2, 2), (3, 3), (40, 3)])
def test_a_scan_is_three_links_at_once_or_both_of_two(links: int, scan: int) -> None:
    assert scan_of(links) == scan


@pytest.mark.parametrize(
    ("wish", "asks", "noted"),
    [(True, True, True), (True, False, True), (False, True, False), (False, False, False), (None, True, False)],
)
def test_a_readers_word_counts_before_any_setting(wish: bool | None, asks: bool, noted: bool) -> None:
    assert may_be_noted(wish, asks=asks) is noted
    assert may_be_noted(None, asks=False)


def test_each_kind_is_noted_only_where_it_is_wanted() -> None:
    assert Tracking(clicks=True).notes(Kind.CLICKED)
    assert not Tracking(clicks=True).notes(Kind.OPENED)
    assert not Tracking(opens=True).notes(Kind.CLICKED)
    assert not Tracking()
