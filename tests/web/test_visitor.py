"""Behind a proxy that is trusted each visitor counts for herself; nobody passes for another by a header."""

from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.web import create_app
from newsletter.web.throttle import Throttle
from newsletter.web.visitor import address_behind
from tests.conftest import OpenHome

TRUSTED = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("::1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:127.0.0.1", "198.51.100.1:80", "198.51.100.1"),
        ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "unknown, <script>", "127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str, forwarded: str, address: str) -> None:
    """Read from the right, for as long as the speaker is trusted."""
    assert address_behind(peer, forwarded, TRUSTED) == address


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_whatever_a_stranger_claims_she_stays_who_she_is(forwarded: str) -> None:
    """A header that the proxy got from her stands left of what it adds."""
    assert address_behind("127.0.0.1", f"{forwarded},198.51.100.1", TRUSTED) == "198.51.100.1"


def post(pages: FlaskClient, visitor: str, form: str = "/link") -> int:
    headers = {"X-Forwarded-For": visitor}
    return pages.post(form, data={"email": "mia@example.com"}, headers=headers).status_code


def test_each_network_behind_a_trusted_proxy_has_bounds_of_its_own(open_home: OpenHome, now: datetime) -> None:
    """And each form: who asked for a link too often can still sign up."""
    with open_home(trusted_proxies=("127.0.0.1",)) as app:
        pages = create_app(app, lambda: now).test_client()
        assert [post(pages, "198.51.100.1") for _ in range(11)] == [200] * 10 + [429]
        assert [post(pages, each) for each in ("198.51.100.99", "203.0.113.9")] == [429, 200]
        assert post(pages, "198.51.100.1", form="/subscribe") == 200


def test_without_a_trusted_proxy_the_header_means_nothing(open_home: OpenHome, now: datetime) -> None:
    """Else anybody would have as many networks as she can write down."""
    with open_home() as app:
        pages = create_app(app, lambda: now).test_client()
        assert [post(pages, f"198.51.{number}.1") for number in range(11)] == [200] * 10 + [429]


def test_all_networks_together_have_bounds_too(now: datetime) -> None:
    """What is refused to one does not count for the others, and the hour after is another."""
    throttle = Throttle(2, 4, timedelta(hours=1), b"k" * 32)
    flood = [throttle.allows("198.51.100.1", now) for _ in range(9)]
    others = [throttle.allows(f"203.0.{number}.1", now) for number in range(3)]
    assert (flood, others) == ([True] * 2 + [False] * 7, [True, True, False])
    assert throttle.allows("198.51.100.1", now + timedelta(hours=1))
