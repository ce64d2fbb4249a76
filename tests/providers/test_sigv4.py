"""Signature Version 4, held against AWS's own published examples (its documentation and the aws-sig-v4-test-suite)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import requests

from newsletter.providers.sigv4 import Credentials, Scope, SigV4, authorization, canonical_request, sign

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET)
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
IAM = Scope(region="us-east-1", service="iam", moment=MOMENT)
SUITE = Scope(region="us-east-1", service="service", moment=MOMENT)
LIST_USERS = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"
HEADERS = {
    "host": "iam.amazonaws.com",
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "x-amz-date": "20150830T123600Z",
}
LIST_USERS_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, "
    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
)


def test_the_documentations_example_is_signed_alike() -> None:
    """IAM's ListUsers, the example that runs through AWS's documentation."""
    canonical = canonical_request("GET", LIST_USERS, HEADERS, b"")
    assert authorization(CREDENTIALS, IAM, canonical, HEADERS) == LIST_USERS_SIGNED


@pytest.mark.parametrize(
    ("method", "target", "signature"),
    [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ],
    ids=["get-vanilla", "post-vanilla", "get-vanilla-query-order-key-case"],
)
def test_the_suites_examples_are_signed_alike(method: str, target: str, signature: str) -> None:
    """From the aws-sig-v4-test-suite."""
    headers = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
    canonical = canonical_request(method, f"https://example.amazonaws.com{target}", headers, b"")
    assert sign(SECRET, SUITE, canonical) == signature


def test_call_of_a_session_is_signed() -> None:
    """As `auth` of a session, with all that requests adds to a call."""
    content_type = {"Content-Type": HEADERS["content-type"]}
    request = requests.Request(
        "GET", LIST_USERS, headers=content_type, auth=SigV4(CREDENTIALS, "us-east-1", "iam", clock)
    )
    assert request.prepare().headers["Authorization"] == LIST_USERS_SIGNED


def clock() -> datetime:
    return MOMENT.astimezone(timezone(timedelta(hours=9)))


def test_temporary_keys_sign_their_token() -> None:
    """A session token travels with the call and is part of what is signed."""
    temporary = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET, session_token="token")
    request = requests.Request(
        "POST", "https://x.example/", data=b"1", auth=SigV4(temporary, "us-east-1", "ses", clock)
    )
    headers = request.prepare().headers
    assert headers["X-Amz-Security-Token"] == "token"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in headers["Authorization"]


def test_every_byte_of_the_body_counts() -> None:
    """Another body is another signature."""
    signatures = {
        sign(SECRET, IAM, canonical_request("POST", "https://x.example/", HEADERS, body)) for body in (b"a", b"b")
    }
    assert len(signatures) == 2


def test_secrets_are_never_shown() -> None:
    """Neither by the credentials themselves nor in words that echo them."""
    credentials = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET, session_token="tok/en")
    assert SECRET not in repr(credentials)
    assert "tok/en" not in repr(credentials)
    assert credentials.redact(f"{SECRET} and tok/en") == "… and …"
    assert CREDENTIALS.redact("nothing") == "nothing"
