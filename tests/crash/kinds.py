"""The three kinds of mail services, each by the vendor that has it, as the fault server speaks it."""

from datetime import UTC, datetime
from enum import StrEnum

from newsletter.providers.base import Provider
from newsletter.providers.postmark import PostmarkProvider
from newsletter.providers.resend import ResendProvider
from newsletter.providers.ses import SesProvider
from newsletter.providers.sigv4 import Credentials
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, REGION


class Kind(StrEnum):
    """What a service can say of a call whose answer was lost."""

    KEYS = "keys"  # the same call under the same key gets the first answer
    LOOK_UP = "look_up"  # "accepted" can be trusted, "not found" proves nothing
    NEITHER = "neither"


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
