"""Every name that a vendor gives an event becomes one of ours, and what nobody has written down is unknown."""

from collections.abc import Callable, Mapping

import pytest

from newsletter.domain.event import Event, Kind
from newsletter.providers.hooks import brevo, mailgun, mailjet, postmark, resend, sendgrid, ses
from tests.fault_server.hooks import BATCHES, VENDORS

Read = Callable[..., tuple[Event, ...]]
HARD = True

# From the vendors' pages, as PROVIDERS.md names them: (vendor, what it says, our word, hard).
CASES: list[tuple[str, Mapping[str, object], Kind, bool]] = [
    ("resend", {"type": "email.sent"}, Kind.ACCEPTED, False),
    ("resend", {"type": "email.scheduled"}, Kind.ACCEPTED, False),
    ("resend", {"type": "email.delivered"}, Kind.DELIVERED, False),
    ("resend", {"type": "email.delivery_delayed"}, Kind.DEFERRED, False),
    ("resend", {"type": "email.bounced"}, Kind.BOUNCED, HARD),
    ("resend", {"type": "email.bounced", "data": {"bounce": {"type": "Permanent"}}}, Kind.BOUNCED, HARD),
    ("resend", {"type": "email.bounced", "data": {"bounce": {"type": "Transient"}}}, Kind.BOUNCED, False),
    ("resend", {"type": "email.bounced", "data": {"bounce": {"type": "Undetermined"}}}, Kind.BOUNCED, False),
    ("resend", {"type": "email.complained"}, Kind.COMPLAINED, False),
    ("resend", {"type": "email.opened"}, Kind.OPENED, False),
    ("resend", {"type": "email.clicked"}, Kind.CLICKED, False),
    ("resend", {"type": "email.failed"}, Kind.REJECTED, False),
    ("resend", {"type": "email.suppressed"}, Kind.REJECTED, False),
    ("resend", {"type": "email.received"}, Kind.UNKNOWN, False),
    ("resend", {"type": "contact.created"}, Kind.UNKNOWN, False),
    ("resend", {"type": "domain.updated"}, Kind.UNKNOWN, False),
    ("postmark", {"RecordType": "Delivery"}, Kind.DELIVERED, False),
    ("postmark", {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, Kind.COMPLAINED, False),
    ("postmark", {"RecordType": "Open"}, Kind.OPENED, False),
    ("postmark", {"RecordType": "Click"}, Kind.CLICKED, False),
    ("postmark", {"RecordType": "Inbound"}, Kind.UNKNOWN, False),
    ("postmark", {"RecordType": "SubscriptionChange", "SuppressSending": False}, Kind.UNKNOWN, False),
    *[
        ("postmark", {"RecordType": "Bounce", "Type": name}, kind, name in ("HardBounce", "BadEmailAddress"))
        for name, kind in postmark.BOUNCES.items()
    ],
    *[
        ("postmark", {"RecordType": "SubscriptionChange", "SuppressSending": True} | why, kind, hard)
        for why, kind, hard in [
            ({"SuppressionReason": "HardBounce"}, Kind.BOUNCED, HARD),
            ({"SuppressionReason": "SpamComplaint"}, Kind.COMPLAINED, False),
            ({"SuppressionReason": "ManualSuppression", "Origin": "Recipient"}, Kind.UNSUBSCRIBED, False),
            ({"SuppressionReason": "ManualSuppression", "Origin": "Customer"}, Kind.UNKNOWN, False),
        ]
    ],
    ("ses", {"eventType": "Send"}, Kind.ACCEPTED, False),
    ("ses", {"eventType": "Delivery"}, Kind.DELIVERED, False),
    ("ses", {"notificationType": "Delivery"}, Kind.DELIVERED, False),
    ("ses", {"eventType": "DeliveryDelay"}, Kind.DEFERRED, False),
    ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}}, Kind.BOUNCED, HARD),
    ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Transient"}}, Kind.BOUNCED, False),
    ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Undetermined"}}, Kind.BOUNCED, False),
    ("ses", {"eventType": "Complaint"}, Kind.COMPLAINED, False),
    ("ses", {"eventType": "Complaint", "complaint": {"complaintFeedbackType": "not-spam"}}, Kind.UNKNOWN, False),
    ("ses", {"eventType": "Reject"}, Kind.REJECTED, False),
    ("ses", {"eventType": "Rendering Failure"}, Kind.REJECTED, False),
    ("ses", {"eventType": "Subscription"}, Kind.UNSUBSCRIBED, False),
    ("ses", {"eventType": "Open"}, Kind.OPENED, False),
    ("ses", {"eventType": "Click"}, Kind.CLICKED, False),
    ("ses", {"notificationType": "AmazonSnsSubscriptionSucceeded"}, Kind.UNKNOWN, False),
    ("mailgun", {"event": "accepted"}, Kind.ACCEPTED, False),
    ("mailgun", {"event": "delivered"}, Kind.DELIVERED, False),
    ("mailgun", {"event": "rejected"}, Kind.REJECTED, False),
    ("mailgun", {"event": "complained"}, Kind.COMPLAINED, False),
    ("mailgun", {"event": "unsubscribed"}, Kind.UNSUBSCRIBED, False),
    ("mailgun", {"event": "opened"}, Kind.OPENED, False),
    ("mailgun", {"event": "clicked"}, Kind.CLICKED, False),
    ("mailgun", {"event": "stored"}, Kind.UNKNOWN, False),
    *[
        ("mailgun", {"event": "failed", "severity": severity, "reason": why}, kind, hard)
        for severity, why, kind, hard in [
            ("temporary", "generic", Kind.DEFERRED, False),
            ("permanent", "bounce", Kind.BOUNCED, HARD),
            ("permanent", "suppress-bounce", Kind.BOUNCED, HARD),
            ("permanent", "old", Kind.BOUNCED, False),
            ("permanent", "generic", Kind.BOUNCED, False),
            ("permanent", "suppress-complaint", Kind.REJECTED, False),
            ("permanent", "suppress-unsubscribe", Kind.REJECTED, False),
        ]
    ],
    ("sendgrid", {"event": "processed"}, Kind.ACCEPTED, False),
    ("sendgrid", {"event": "delivered"}, Kind.DELIVERED, False),
    ("sendgrid", {"event": "deferred"}, Kind.DEFERRED, False),
    ("sendgrid", {"event": "bounce", "type": "bounce"}, Kind.BOUNCED, HARD),
    ("sendgrid", {"event": "bounce", "type": "blocked"}, Kind.BOUNCED, False),
    ("sendgrid", {"event": "bounce", "type": "expired"}, Kind.BOUNCED, False),
    ("sendgrid", {"event": "dropped", "reason": "Bounced Address"}, Kind.BOUNCED, HARD),
    ("sendgrid", {"event": "dropped", "reason": "Invalid"}, Kind.BOUNCED, HARD),
    ("sendgrid", {"event": "dropped", "reason": "Unsubscribed Address"}, Kind.REJECTED, False),
    ("sendgrid", {"event": "dropped", "reason": "Spam Reporting Address"}, Kind.REJECTED, False),
    ("sendgrid", {"event": "spamreport"}, Kind.COMPLAINED, False),
    ("sendgrid", {"event": "unsubscribe"}, Kind.UNSUBSCRIBED, False),
    ("sendgrid", {"event": "group_unsubscribe"}, Kind.UNSUBSCRIBED, False),
    ("sendgrid", {"event": "group_resubscribe"}, Kind.UNKNOWN, False),
    ("sendgrid", {"event": "open"}, Kind.OPENED, False),
    ("sendgrid", {"event": "click"}, Kind.CLICKED, False),
    ("sendgrid", {"event": "account_status_change"}, Kind.UNKNOWN, False),
    ("brevo", {"event": "request"}, Kind.ACCEPTED, False),
    ("brevo", {"event": "delivered"}, Kind.DELIVERED, False),
    ("brevo", {"event": "deferred"}, Kind.DEFERRED, False),
    ("brevo", {"event": "hard_bounce"}, Kind.BOUNCED, HARD),
    ("brevo", {"event": "soft_bounce"}, Kind.BOUNCED, False),
    ("brevo", {"event": "invalid_email"}, Kind.BOUNCED, HARD),
    ("brevo", {"event": "blocked"}, Kind.REJECTED, False),
    ("brevo", {"event": "error"}, Kind.REJECTED, False),
    ("brevo", {"event": "spam"}, Kind.COMPLAINED, False),
    ("brevo", {"event": "unsubscribed"}, Kind.UNSUBSCRIBED, False),
    ("brevo", {"event": "opened"}, Kind.OPENED, False),
    ("brevo", {"event": "unique_opened"}, Kind.OPENED, False),
    ("brevo", {"event": "proxy_open"}, Kind.OPENED, False),
    ("brevo", {"event": "unique_proxy_open"}, Kind.OPENED, False),
    ("brevo", {"event": "click"}, Kind.CLICKED, False),
    ("brevo", {"event": "list_addition"}, Kind.UNKNOWN, False),
    ("brevo", {"event": "inboundEmailProcessed"}, Kind.UNKNOWN, False),
    ("mailjet", {"event": "sent"}, Kind.DELIVERED, False),
    ("mailjet", {"event": "bounce", "hard_bounce": True}, Kind.BOUNCED, HARD),
    ("mailjet", {"event": "bounce", "hard_bounce": False}, Kind.BOUNCED, False),
    ("mailjet", {"event": "bounce", "error": "greylisted", "hard_bounce": False}, Kind.DEFERRED, False),
    ("mailjet", {"event": "blocked"}, Kind.REJECTED, False),
    ("mailjet", {"event": "spam"}, Kind.COMPLAINED, False),
    ("mailjet", {"event": "unsub"}, Kind.UNSUBSCRIBED, False),
    ("mailjet", {"event": "open"}, Kind.OPENED, False),
    ("mailjet", {"event": "click"}, Kind.CLICKED, False),
    *[(vendor, {"event": "rain", "type": "rain", "RecordType": "Rain"}, Kind.UNKNOWN, False) for vendor in VENDORS],
]


@pytest.mark.parametrize(("vendor", "content", "kind", "hard"), CASES)
def test_event_is_read_in_our_words(read: Read, vendor: str, content: object, kind: Kind, hard: bool) -> None:
    """By one table a vendor; hard is a bounce only where the vendor says so."""
    (event,) = read(vendor, content)
    assert (event.kind, event.hard) == (kind, hard)


@pytest.mark.parametrize(
    ("vendor", "known"),
    [
        ("resend", resend.KINDS),
        ("postmark", postmark.KINDS),
        ("ses", ses.KINDS),
        ("mailgun", mailgun.KINDS),
        ("sendgrid", sendgrid.KINDS),
        ("brevo", brevo.KINDS),
        ("mailjet", mailjet.KINDS),
    ],
)
def test_every_name_in_a_table_has_a_case_here(vendor: str, known: dict[str, Kind]) -> None:
    """A new name comes with its test."""
    said = {str(value) for name, content, *_ in CASES if name == vendor for value in content.values()}
    assert set(known) - said - {"unsubscribe"} == set()


@pytest.mark.parametrize(
    ("vendor", "content"),
    [
        ("sendgrid", {"event": "open", "sg_machine_open": True}),
        ("brevo", {"event": "proxy_open"}),
        ("mailgun", {"event": "opened", "client-info": {"bot": "apple"}}),
    ],
)
def test_open_by_a_machine_is_labelled(read: Read, vendor: str, content: object) -> None:
    """As far as the vendor can tell."""
    assert read(vendor, content)[0].machine


@pytest.mark.parametrize("vendor", sorted(BATCHES))
def test_events_come_one_by_one_or_in_arrays(read: Read, vendor: str) -> None:
    """What stands between them and is none is kept too."""
    content = [{"event": "delivered", "sg_event_id": str(number), "time": number, "ts": number} for number in range(3)]
    events = read(vendor, [*content, "rain", None])
    assert len({event.key for event in events}) == 5
    assert len(read(vendor, content[0])) == 1


def test_mid_is_found_wherever_the_vendor_puts_it(read: Read) -> None:
    """Ours, as it was given with the mail."""
    mid = "0123456789ab-7"
    given: dict[str, object] = {
        "resend": {"type": "email.sent", "data": {"tags": [{"name": "mid", "value": mid}]}},
        "postmark": {"RecordType": "Delivery", "Metadata": {"mid": mid}},
        "ses": {"eventType": "Send", "mail": {"tags": {"ses:from-domain": ["x"], "mid": [mid]}}},
        "mailgun": {"event": "delivered", "user-variables": {"mid": mid}},
        "sendgrid": {"event": "delivered", "mid": mid},
        "brevo": {"event": "delivered", "X-Mailin-custom": mid},
        "mailjet": {"event": "sent", "CustomID": mid},
    }
    assert {vendor: read(vendor, content)[0].mid for vendor, content in given.items()} == dict.fromkeys(given, mid)


def test_reason_has_no_address(read: Read) -> None:
    """It is read in reports and in logs."""
    said = "550 5.1.1 <anna.okafor@example.com>: no such user anna.okafor@example.com"
    event = read("sendgrid", {"event": "bounce", "type": "bounce", "reason": said})[0]
    assert event.reason == "550 5.1.1 <…>: no such user …"
