"""Amazon SES, by its notification service SNS: one event a call.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.errors import HookError
from newsletter.providers.hooks.base import HookCall, Reading, parsed_object
from newsletter.providers.hooks.fields import Fields, address, first, items, key, mapping, moment, reason, tagged, text
from newsletter.providers.hooks.sns import Topic, fetch

SETTING = "AFTERGLOW_SES_WEBHOOK_TOPIC_ARN"
KINDS: Final[Mapping[str, Kind]] = {
    "Send": Kind.ACCEPTED,
    "Delivery": Kind.DELIVERED,
    "DeliveryDelay": Kind.DEFERRED,
    "Bounce": Kind.BOUNCED,
    "Complaint": Kind.COMPLAINED,
    "Reject": Kind.REJECTED,
    "Rendering Failure": Kind.REJECTED,
    "Subscription": Kind.UNSUBSCRIBED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
}
_DETAILS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}

log = logging.getLogger(__name__)


class SesHook:
    """`topic_arn` is the one topic that is believed. `get` reads an address of AWS, and is given only such.

    Raises SettingsError for what is no topic of SNS.
    """

    name = "ses"

    def __init__(self, topic_arn: str, get: Callable[[str], bytes] = fetch) -> None:
        self._topic = Topic(topic_arn, SETTING, get)

    def read(self, call: HookCall, now: datetime) -> Reading:
        envelope = parsed_object(call.body)
        self._topic.authenticate(envelope, now)
        raw = call.body.decode("utf-8", "replace")
        match envelope.get("Type"):
            case "Notification":
                return Reading(events=(event_of(_message(envelope), text(envelope.get("MessageId")), raw),))
            case "SubscriptionConfirmation":
                self._topic.confirm(envelope)
                log.info("The topic of Amazon SES is confirmed: its events come from now on.")
            case _:  # UnsubscribeConfirmation
                log.warning("The topic of Amazon SES was unsubscribed: no event comes any more.")
        return Reading(events=())


def event_of(content: Fields, message_id: str, raw: str) -> Event:
    """Of an event, or of an identity's notification, which differs in the name of its type."""
    name = text(content.get("eventType") or content.get("notificationType"))
    details = mapping(content.get(_DETAILS.get(name, name.lower())))
    kind = KINDS.get(name, Kind.UNKNOWN)
    if kind is Kind.COMPLAINED and details.get("complaintFeedbackType") == "not-spam":
        kind = Kind.UNKNOWN  # she took it out of the junk folder
    mail = mapping(content.get("mail"))
    mid = tagged(mail.get("tags"), "mid")
    bounced = next(iter(items(details.get("bouncedRecipients"))), {})
    return Event(
        key=key(message_id),
        kind=kind,
        mid=mid,
        provider_message_id=text(mail.get("messageId")),
        address="" if mid else address(first(mail.get("destination"))),
        at=moment(details.get("timestamp") or mail.get("timestamp")),
        reason=reason(
            bounced.get("diagnosticCode"),
            details.get("bounceSubType"),
            details.get("reason"),
            details.get("errorMessage"),
            details.get("delayType"),
        ),
        hard=kind is Kind.BOUNCED and details.get("bounceType") == "Permanent",
        machine=False,
        raw=raw,
    )


def _message(envelope: Fields) -> Fields:
    """The event inside; when a topic is new, SES says so in a sentence that is no JSON."""
    try:
        return parsed_object(str(envelope.get("Message")).encode("utf-8", "replace"))
    except HookError:
        return {}
