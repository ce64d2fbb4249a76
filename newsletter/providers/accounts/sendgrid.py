"""SendGrid, asked: its suppression lists (https://www.twilio.com/docs/sendgrid/api-reference).

Mails can only be looked up by a paid add-on; so what it tells is who must not be written to any more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.errors import ProviderError
from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions, RefusedKeyError
from newsletter.providers.base import Suppressed
from newsletter.providers.hooks.fields import items, key, moment, reason, written
from newsletter.providers.http import Bearer
from newsletter.providers.sendgrid import KEY_SETTING, SendGridProvider
from subscribers.suppression import Reason

_OVERLAP = timedelta(hours=1)
_KINDS: Final[Mapping[Reason, Kind]] = {
    Reason.HARD_BOUNCE: Kind.BOUNCED,
    Reason.COMPLAINT: Kind.COMPLAINED,
    Reason.UNSUBSCRIBE: Kind.UNSUBSCRIBED,
}


class SendGridAccount:
    name = "sendgrid"

    def __init__(self, api_key: str, base_url: str = "https://api.sendgrid.com") -> None:
        self._questions = Questions("SendGrid", Bearer(api_key, KEY_SETTING), KEY_SETTING, f"{base_url}/v3")
        self._lists = SendGridProvider(api_key, base_url=base_url)

    def standing(self, domain: str) -> Standing:
        self._questions.ask("/scopes")
        sender, well = "the key may not ask for domains", None
        try:
            listed = items(self._questions.ask("/whitelabel/domains", domain=domain))
            well = any(each.get("domain") == domain and each.get("valid") is True for each in listed)
            sender = f"{domain} is {'authenticated' if well else 'not authenticated'}"
        except RefusedKeyError:
            pass
        return Standing(sender=sender, sender_is_well=well, quota=self._quota())

    def page(self, cursor: str, now: datetime) -> Page:
        since = moment(read_cursor(cursor).get("since")) or now - LOOK_BACK
        events = tuple(map(_event, self._lists.suppressed(since)))
        return Page(events=events, cursor=write_cursor(since=(now - _OVERLAP).isoformat()), more=False)

    def close(self) -> None:
        self._questions.close()
        self._lists.close()

    def _quota(self) -> str:
        try:
            left = self._questions.ask_object("/user/credits").get("remain")
        except ProviderError:
            return ""
        return f"{left} mails left" if isinstance(left, int) else ""


def _event(entry: Suppressed) -> Event:
    since = entry.at.isoformat() if entry.at else ""
    return Event(
        key=key(entry.reason.value, entry.address, since),
        kind=_KINDS.get(entry.reason, Kind.UNKNOWN),
        address=entry.address,
        at=entry.at,
        reason=reason(entry.detail),
        hard=entry.reason is Reason.HARD_BOUNCE,
        raw=written({"email": entry.address, "list": entry.reason.value, "created": since}),
    )
