"""Resend, asked: its list of emails, each with its last event.

https://resend.com/docs/api-reference/emails/list-emails
The list has no times of events and changes behind us; so what was sent in the last days is read again each time.
"""

from datetime import datetime, timedelta

from newsletter.domain.event import Event, Kind
from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.fields import Fields, address, first, items, key, moment, text, written
from newsletter.providers.hooks.resend import KINDS
from newsletter.providers.http import Bearer
from newsletter.providers.resend import KEY_SETTING

_PAGE = 100
_LATE = timedelta(days=3)  # a mail may bounce so long after it was sent
_WAITING = frozenset({"queued", "scheduled", "canceled"})
_ARRIVED = frozenset({"opened", "clicked"})  # which hides that it was delivered; who opens is not asked for


class ResendAccount:
    name = "resend"

    def __init__(self, api_key: str, base_url: str = "https://api.resend.com") -> None:
        self._questions = Questions("Resend", Bearer(api_key, KEY_SETTING), KEY_SETTING, base_url)

    def standing(self, domain: str) -> Standing:
        for each in items(self._questions.ask_object("/domains").get("data")):
            if each.get("name") == domain:
                return Standing(sender=text(each.get("status")), sender_is_well=each.get("status") == "verified")
        return Standing(sender=f"{domain} is not known", sender_is_well=False)

    def page(self, cursor: str, now: datetime) -> Page:
        places = read_cursor(cursor)
        after = {"after": places["after"]} if places.get("after") else {}
        since = moment(places.get("since")) or now - LOOK_BACK
        answer = self._questions.ask_object("/emails", limit=_PAGE, **after)
        emails = items(answer.get("data"))
        recent = [each for each in emails if (moment(each.get("created_at")) or now) >= since]
        events = tuple(_event(each) for each in recent if each.get("last_event") not in (*_WAITING, None))
        last = text(emails[-1].get("id")) if emails else ""
        if last and len(recent) == len(emails) and answer.get("has_more") is True:
            return Page(events=events, cursor=write_cursor(after=last, since=since.isoformat()), more=True)
        return Page(events=events, cursor=write_cursor(since=(now - _LATE).isoformat()), more=False)

    def close(self) -> None:
        self._questions.close()


def _event(email: Fields) -> Event:
    last = text(email.get("last_event"))
    kind = Kind.DELIVERED if last in _ARRIVED else KINDS.get(f"email.{last}", Kind.UNKNOWN)
    return Event(
        key=key("listed", email.get("id"), last),
        kind=kind,
        provider_message_id=text(email.get("id")),
        address=address(first(email.get("to"))),
        at=moment(email.get("created_at")) if kind is Kind.ACCEPTED else None,
        hard=kind is Kind.BOUNCED,
        raw=written({name: email.get(name) for name in ("id", "last_event", "created_at")}),
    )
