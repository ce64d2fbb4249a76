"""The kinds of mail services, each by a vendor that has it, as the fault server speaks it."""

from datetime import UTC, datetime
from enum import StrEnum

import requests

from newsletter.providers.base import Provider
from newsletter.providers.brevo import BrevoProvider
from newsletter.providers.mailgun import MailgunProvider
from newsletter.providers.mailjet import MailjetProvider
from newsletter.providers.postmark import PostmarkProvider
from newsletter.providers.resend import ResendProvider
from newsletter.providers.sendgrid import SendGridProvider
from newsletter.providers.ses import SesProvider
from newsletter.providers.sigv4 import Credentials
from newsletter.providers.smtp import SmtpProvider
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, DOMAIN, REGION


class Kind(StrEnum):
    """What a service can say of a call whose answer was lost; and, for the long run, those who say it in other ways."""

    KEYS = "keys"  # the same call under the same key gets the first answer: Resend
    LOOK_UP = "look_up"  # "accepted" can be trusted, "not found" proves nothing: Postmark
    NEITHER = "neither"  # Amazon SES
    BREVO = "brevo"  # a repeated call is refused, and only a look-up tells why
    MAILGUN = "mailgun"
    MAILJET = "mailjet"
    SENDGRID = "sendgrid"
    SMTP = "smtp"  # mail by mail, of which each has its own answer

    @property
    def settled_by(self) -> "Kind":
        """The one of the first three that it is like, once everything is over."""
        if self in (Kind.BREVO, Kind.MAILGUN, Kind.MAILJET):
            return Kind.LOOK_UP
        return Kind.NEITHER if self in (Kind.SENDGRID, Kind.SMTP) else self


GATE = (Kind.KEYS, Kind.LOOK_UP, Kind.NEITHER)


def provider_of(kind: Kind, server: str) -> Provider:
    """The provider of that kind, calling the fault server at that address."""
    match kind:
        case Kind.KEYS:
            return ResendProvider(API_KEY, base_url=server)
        case Kind.LOOK_UP:
            return PostmarkProvider(API_KEY, base_url=server)
        case Kind.NEITHER:
            credentials = Credentials(access_key_id=ACCESS_KEY_ID, secret_access_key=API_KEY)
            return SesProvider(credentials, REGION, clock=lambda: datetime(2026, 3, 2, tzinfo=UTC), base_url=server)
        case Kind.BREVO:
            return BrevoProvider(API_KEY, base_url=server, tracking_is_off=True)
        case Kind.MAILGUN:
            return MailgunProvider(API_KEY, DOMAIN, base_url=server)
        case Kind.MAILJET:
            return MailjetProvider(ACCESS_KEY_ID, API_KEY, base_url=server)
        case Kind.SENDGRID:
            return SendGridProvider(API_KEY, base_url=server)
        case Kind.SMTP:
            port = requests.get(f"{server}/_accepted", timeout=5).json()["smtp_port"]
            return SmtpProvider("127.0.0.1", port, security="none")
