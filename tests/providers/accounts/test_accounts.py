"""Every service that can be asked tells how we stand, and what became of mails, page by page."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.event import Event, Kind
from newsletter.errors import ProviderError
from newsletter.providers.accounts.base import Account, EventLog
from newsletter.providers.accounts.brevo import BrevoAccount
from newsletter.providers.accounts.mailgun import MailgunAccount
from newsletter.providers.accounts.mailjet import MailjetAccount
from newsletter.providers.accounts.postmark import PostmarkAccount
from newsletter.providers.accounts.resend import ResendAccount
from newsletter.providers.accounts.sendgrid import SendGridAccount
from newsletter.providers.accounts.ses import SesAccount
from newsletter.providers.sigv4 import Credentials
from tests.fault_server.library import Library

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KEY = "secret-key-0123456789"
CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=KEY)
DOMAIN = "studio.example"

LOGS: dict[str, Callable[[str], EventLog]] = {
    "resend": lambda url: ResendAccount(KEY, url),
    "postmark": lambda url: PostmarkAccount(KEY, url),
    "mailgun": lambda url: MailgunAccount(KEY, DOMAIN, url),
    "brevo": lambda url: BrevoAccount(KEY, url),
    "mailjet": lambda url: MailjetAccount("public-half", KEY, url),
}
ACCOUNTS: dict[str, Callable[[str], Account]] = {
    **LOGS,
    "ses": lambda url: SesAccount(CREDENTIALS, "eu-west-1", clock=lambda: NOW, base_url=url),
    "sendgrid": lambda url: SendGridAccount(KEY, url),
}


@pytest.fixture
def library() -> Iterator[Library]:
    server = Library()
    server.start()
    yield server
    server.stop()


def read(account: EventLog, cursor: str = "") -> tuple[list[Event], str]:
    """Everything there is to read now, and where to go on the next time."""
    events: list[Event] = []
    for _ in range(20):
        page = account.page(cursor, NOW)
        events += page.events
        cursor = page.cursor
        if not page.more:
            return events, cursor
    raise AssertionError("it never ends")


def told(library: Library, vendor: str) -> list[Event]:
    with closing(LOGS[vendor](library.url)) as account:
        return [replace(event, raw="") for event in read(account)[0]]


def test_resend_lists_emails_with_their_last_event(library: Library) -> None:
    """Newest first, as far back as is worth reading."""
    old = {"id": "e3", "to": ["c@x.example"], "created_at": "2026-11-01 09:00:00+00", "last_event": "bounced"}
    emails = [
        {"id": "e1", "to": ["a@x.example"], "created_at": "2026-11-22 09:00:00.12+00", "last_event": "bounced"},
        {"id": "e2", "to": ["B <b@x.example>"], "created_at": "2026-11-22 08:00:00+00", "last_event": "opened"},
        {"id": "e4", "to": ["d@x.example"], "created_at": "2026-11-22 07:00:00+00", "last_event": "queued"},
    ]
    library.answers["/emails"] = [{"has_more": True, "data": emails}, {"has_more": True, "data": [old]}]
    events = told(library, "resend")
    assert [(each.provider_message_id, each.address, each.kind, each.hard) for each in events] == [
        ("e1", "a@x.example", Kind.BOUNCED, True),
        ("e2", "b@x.example", Kind.DELIVERED, False),
    ]
    assert library.asked[1][1]["after"] == "e4"


def test_postmark_lists_bounces_and_mails(library: Library) -> None:
    """One after the other; a bounce is read like the webhook's."""
    bounce = {"ID": 7, "Type": "HardBounce", "MessageID": "m1", "Email": "a@x.example", "BouncedAt": "2026-11-22"}
    library.answers |= {
        "/bounces": [{"Bounces": [bounce]}],
        "/messages/outbound": [{"Messages": [{"MessageID": "m2", "Status": "Sent", "Metadata": {"mid": "s-2"}}]}],
    }
    events = told(library, "postmark")
    assert [(each.kind, each.hard, each.mid, each.address) for each in events] == [
        (Kind.BOUNCED, True, "", "a@x.example"),
        (Kind.ACCEPTED, False, "s-2", ""),
    ]


def test_mailgun_lists_events(library: Library) -> None:
    """Page by page, by the token alone of the address that it gives for the next one."""
    events = [
        {"id": str(number), "event": "delivered", "timestamp": 1.0, "user-variables": {"mid": f"s-{number}"}}
        for number in range(301)
    ]
    following = {"next": "https://evil.example/v3/elsewhere/events/W3siYSI6ImIifV0="}
    library.answers |= {
        f"/v3/{DOMAIN}/events": [{"items": events[:300], "paging": following}],
        f"/v3/{DOMAIN}/events/W3siYSI6ImIifV0=": [{"items": events[300:], "paging": following}],
    }
    assert [each.mid for each in told(library, "mailgun")] == [f"s-{number}" for number in range(301)]


def test_brevo_reports_events(library: Library) -> None:
    """In other words than its webhooks, and with the same meaning."""
    names = ("requests", "delivered", "hardBounces", "softBounces", "spam", "unsubscribed", "loadedByProxy")
    listed = [{"event": name, "email": "a@x.example", "messageId": "<m1>", "date": "2026-11-22"} for name in names]
    library.answers["/v3/smtp/statistics/events"] = [{"events": listed}]
    assert [each.kind for each in told(library, "brevo")] == [
        Kind.ACCEPTED,
        Kind.DELIVERED,
        Kind.BOUNCED,
        Kind.BOUNCED,
        Kind.COMPLAINED,
        Kind.UNSUBSCRIBED,
        Kind.OPENED,
    ]


def test_mailjet_lists_messages_with_their_status(library: Library) -> None:
    """And our id."""
    statuses = ("queued", "sent", "opened", "hardbounce", "softbounce", "spam", "unsub", "blocked", "unknown")
    library.answers["/v3/REST/message"] = [
        {"Data": [{"ID": number, "Status": status, "CustomID": "s-1"} for number, status in enumerate(statuses)]}
    ]
    assert [(each.mid, each.kind, each.hard) for each in told(library, "mailjet")] == [
        ("s-1", Kind.ACCEPTED, False),
        ("s-1", Kind.DELIVERED, False),
        ("s-1", Kind.DELIVERED, False),
        ("s-1", Kind.BOUNCED, True),
        ("s-1", Kind.BOUNCED, False),
        ("s-1", Kind.COMPLAINED, False),
        ("s-1", Kind.UNSUBSCRIBED, False),
        ("s-1", Kind.REJECTED, False),
    ]


@pytest.mark.parametrize("vendor", LOGS)
@pytest.mark.parametrize("answer", [{}, [], None, {"data": "x", "items": 7, "events": [None, 3], "Data": [[]]}])
def test_answer_without_sense_tells_nothing(library: Library, vendor: str, answer: object) -> None:
    """Or is refused in words; the next time it is asked again."""
    with closing(LOGS[vendor](library.url)) as account:
        library.whatever = [answer]
        try:
            assert read(account)[0] == []
        except ProviderError as error:
            assert "makes no sense" in str(error)  # noqa: PT017 - either will do


@pytest.mark.parametrize("vendor", LOGS)
@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_refusal_names_no_key(library: Library, vendor: str, status: int) -> None:
    """Though the service quotes it."""
    library.whatever = [status]
    with closing(LOGS[vendor](library.url)) as account, pytest.raises(ProviderError) as refused:
        account.page("", NOW)
    assert KEY not in str(refused.value)
    if status in (401, 403):
        assert "AFTERGLOW_" in refused.value.remedy


@pytest.mark.parametrize("vendor", LOGS)
def test_service_that_asks_to_wait_is_left_alone(library: Library, vendor: str) -> None:
    """For as long as it says."""
    library.whatever = [429]
    with closing(LOGS[vendor](library.url)) as account, pytest.raises(ProviderError) as refused:
        account.page("", NOW)
    assert refused.value.retry_after == timedelta(minutes=20)


@pytest.mark.parametrize("vendor", LOGS)
@pytest.mark.parametrize("cursor", ["x", "[1]", '{"offset": "-1", "list": "99", "since": "x", "stage": "x"}'])
def test_cursor_that_nobody_wrote_does_no_harm(library: Library, vendor: str, cursor: str) -> None:
    """It is read from the beginning, or refused by the service."""
    library.whatever = [{}]
    with closing(LOGS[vendor](library.url)) as account:
        try:
            account.page(cursor, NOW)
        except ProviderError as error:
            assert "makes no sense" in str(error)  # noqa: PT017 - either will do


STANDINGS: list[tuple[str, dict[str, list[object]], bool | None, str]] = [
    ("resend", {"/domains": [{"data": [{"name": DOMAIN, "status": "verified"}]}]}, True, ""),
    ("resend", {"/domains": [{"data": [{"name": DOMAIN, "status": "pending"}]}]}, False, ""),
    ("resend", {"/domains": [{"data": []}]}, False, ""),
    ("postmark", {"/server": [{"Name": "x"}]}, None, ""),
    ("mailgun", {f"/v3/domains/{DOMAIN}": [{"domain": {"state": "active"}}]}, True, ""),
    ("mailgun", {f"/v3/domains/{DOMAIN}": [{"domain": {"state": "unverified"}}]}, False, ""),
    ("mailgun", {}, False, ""),
    (
        "sendgrid",
        {
            "/v3/scopes": [{}],
            "/v3/whitelabel/domains": [[{"domain": DOMAIN, "valid": True}]],
            "/v3/user/credits": [{"remain": 40}],
        },
        True,
        "40 mails left",
    ),
    ("sendgrid", {"/v3/scopes": [{}], "/v3/whitelabel/domains": [403]}, None, ""),
    (
        "brevo",
        {
            "/v3/account": [{"plan": [{"creditsType": "sendLimit", "credits": 290}]}],
            "/v3/senders/domains": [{"domains": [{"domain_name": DOMAIN, "authenticated": True}]}],
        },
        True,
        "290 mails left",
    ),
    ("brevo", {"/v3/account": [{}], "/v3/senders/domains": [{}]}, False, ""),
    ("mailjet", {"/v3/REST/sender": [{"Data": [{"Email": f"*@{DOMAIN}", "Status": "Active"}]}]}, True, ""),
    ("mailjet", {"/v3/REST/sender": [{"Data": [{"Email": f"*@{DOMAIN}", "Status": "Inactive"}]}]}, False, ""),
    (
        "ses",
        {
            "/v2/email/account": [
                {
                    "SendingEnabled": True,
                    "ProductionAccessEnabled": True,
                    "SendQuota": {"Max24HourSend": 200.0, "SentLast24Hours": 20.0},
                }
            ],
            f"/v2/email/identities/{DOMAIN}": [{"VerifiedForSendingStatus": True}],
        },
        True,
        "180 of 200 mails left for today",
    ),
    ("ses", {"/v2/email/account": [{"ProductionAccessEnabled": False}]}, False, ""),
]


@pytest.mark.parametrize(("vendor", "answers", "well", "quota"), STANDINGS)
def test_service_says_how_we_stand(
    library: Library, vendor: str, answers: dict[str, list[object]], well: bool | None, quota: str
) -> None:
    """The sender's domain, and what is left, where it tells."""
    library.answers |= {path: list(each) for path, each in answers.items()}
    with closing(ACCOUNTS[vendor](library.url)) as account:
        standing = account.standing(DOMAIN)
    assert (standing.sender_is_well, standing.quota) == (well, quota)


@pytest.mark.parametrize("vendor", ACCOUNTS)
def test_wrong_key_is_named_by_its_setting(library: Library, vendor: str) -> None:
    """So that she knows what to mend."""
    library.whatever = [401]
    with closing(ACCOUNTS[vendor](library.url)) as account, pytest.raises(ProviderError) as refused:
        account.standing(DOMAIN)
    assert "AFTERGLOW_" in refused.value.remedy
