"""Mailjet, asked (https://dev.mailjet.com/email/reference/messages/): its messages, each with its status and our id.

A status changes behind us; so what was sent in the last days is read again each time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, number, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.fields import Fields, items, key, moment, text, written
from newsletter.providers.http import Basic
from newsletter.providers.mailjet import SECRET_SETTING

_PAGE = 1000
_LATE = timedelta(days=3)  # a mail may bounce so long after it was sent
_STATUSES: Final[Mapping[str, Kind]] = {
    "queued": Kind.ACCEPTED,
    "deferred": Kind.DEFERRED,
    "sent": Kind.DELIVERED,
    "opened": Kind.DELIVERED,  # which hides that it was delivered; who opens is not asked for
    "clicked": Kind.DELIVERED,
    "bounce": Kind.BOUNCED,
    "softbounce": Kind.BOUNCED,
    "hardbounce": Kind.BOUNCED,
    "spam": Kind.COMPLAINED,
    "unsub": Kind.UNSUBSCRIBED,
    "blocked": Kind.REJECTED,
}


class MailjetAccount:
    name = "mailjet"

    def __init__(self, api_key: str, secret_key: str, base_url: str = "https://api.mailjet.com") -> None:
        auth = Basic(secret_key, SECRET_SETTING, api_key)
        self._questions = Questions("Mailjet", auth, SECRET_SETTING, f"{base_url}/v3/REST")

    def standing(self, domain: str) -> Standing:
        senders = items(self._questions.ask_object("/sender", Limit=_PAGE).get("Data"))
        ours = [each for each in senders if text(each.get("Email")).rpartition("@")[2] == domain]
        well = any(each.get("Status") == "Active" for each in ours)
        return Standing(sender=f"{domain} is {'active' if well else 'not active'}", sender_is_well=well)

    def page(self, cursor: str, now: datetime) -> Page:
        places = read_cursor(cursor)
        since, offset = moment(places.get("since")) or now - LOOK_BACK, number(places.get("offset"))
        window = {"FromTS": int(since.timestamp()), "Limit": _PAGE, "Offset": offset}
        found = items(self._questions.ask_object("/message", ShowCustomID="true", **window).get("Data"))
        events = tuple(_event(each) for each in found if text(each.get("Status")) in _STATUSES)
        if len(found) == _PAGE:
            following = write_cursor(since=since.isoformat(), offset=offset + _PAGE)
            return Page(events=events, cursor=following, more=True)
        return Page(events=events, cursor=write_cursor(since=(now - _LATE).isoformat()), more=False)

    def close(self) -> None:
        self._questions.close()


def _event(message: Fields) -> Event:
    status = text(message.get("Status"))
    return Event(
        key=key("listed", message.get("ID"), status),
        kind=_STATUSES[status],
        mid=text(message.get("CustomID")),
        provider_message_id=text(message.get("ID")),
        at=moment(message.get("ArrivedAt")) if status == "queued" else None,
        hard=status == "hardbounce" or (status == "bounce" and message.get("StatePermanent") is True),
        raw=written({name: message.get(name) for name in ("ID", "Status", "ArrivedAt")}),
    )
