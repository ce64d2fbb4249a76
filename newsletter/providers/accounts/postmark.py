"""Postmark, asked: its bounces, and the mails it has sent.

https://postmarkapp.com/developer/api/bounce-api and .../messages-api; who left is in its lists (postmark.py).
"""

from datetime import datetime, timedelta

from newsletter.domain.event import Event, Kind
from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, number, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.fields import Fields, items, key, mapping, moment, text, written
from newsletter.providers.hooks.postmark import event_of
from newsletter.providers.http import Token
from newsletter.providers.postmark import TOKEN_SETTING

_PAGE = 500
_MOST = 10_000  # "count + offset cannot exceed 10,000 messages"
_OVERLAP = timedelta(days=1)  # it counts days in Eastern time
_BOUNCES, _SENT = "bounces", "sent"


class PostmarkAccount:
    name = "postmark"

    def __init__(self, token: str, base_url: str = "https://api.postmarkapp.com") -> None:
        auth = Token(token, TOKEN_SETTING, "X-Postmark-Server-Token")
        self._questions = Questions("Postmark", auth, TOKEN_SETTING, base_url)

    def standing(self, domain: str) -> Standing:  # noqa: ARG002 - that is for another kind of token
        self._questions.ask_object("/server")
        return Standing(sender="a server's token may not ask for domains")

    def page(self, cursor: str, now: datetime) -> Page:
        places = read_cursor(cursor)
        stage = _SENT if places.get("stage") == _SENT else _BOUNCES
        since = moment(places.get("since")) or now - LOOK_BACK
        offset = number(places.get("offset"))
        begun = places.get("begun") or now.isoformat()
        events = self._events(stage, since, offset)
        if len(events) == _PAGE and offset + 2 * _PAGE <= _MOST:
            following = write_cursor(stage=stage, since=since.isoformat(), offset=offset + _PAGE, begun=begun)
            return Page(events=events, cursor=following, more=True)
        if stage == _BOUNCES:
            following = write_cursor(stage=_SENT, since=since.isoformat(), offset=0, begun=begun)
            return Page(events=events, cursor=following, more=True)
        read_until = (moment(begun) or now) - _OVERLAP
        return Page(events=events, cursor=write_cursor(since=read_until.isoformat()), more=False)

    def close(self) -> None:
        self._questions.close()

    def _events(self, stage: str, since: datetime, offset: int) -> tuple[Event, ...]:
        window: dict[str, str | int] = {"count": _PAGE, "offset": offset, "fromdate": f"{since - _OVERLAP:%Y-%m-%d}"}
        if stage == _BOUNCES:
            found = items(self._questions.ask_object("/bounces", **window).get("Bounces"))
            return tuple(event_of({"RecordType": "Bounce"} | dict(each), written(each)) for each in found)
        found = items(self._questions.ask_object("/messages/outbound", status="sent", **window).get("Messages"))
        return tuple(map(_sent, found))


def _sent(message: Fields) -> Event:
    return Event(
        key=key("sent", message.get("MessageID")),
        kind=Kind.ACCEPTED,
        mid=text(mapping(message.get("Metadata")).get("mid")),
        provider_message_id=text(message.get("MessageID")),
        at=moment(message.get("ReceivedAt")),
        raw=written({"MessageID": message.get("MessageID"), "Status": message.get("Status")}),
    )
