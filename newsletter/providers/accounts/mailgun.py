"""Mailgun, asked (https://documentation.mailgun.com/docs/mailgun/user-manual/events): its events, oldest first.

Events are indexed late, up to half an hour; so each poll begins a while before where the last one ended.
"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from newsletter.domain.event import Event
from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.fields import items, mapping, moment, text, written
from newsletter.providers.hooks.mailgun import event_of
from newsletter.providers.http import Basic
from newsletter.providers.mailgun import KEY_SETTING

_PAGE = 300
_LAG = timedelta(minutes=40)
_TOKEN = re.compile(r"/events/([A-Za-z0-9_=-]{1,2000})$")  # of the address of the next page: the rest of it is ours


class MailgunAccount:
    name = "mailgun"

    def __init__(self, api_key: str, domain: str, base_url: str = "https://api.mailgun.net") -> None:
        self._questions = Questions("Mailgun", Basic(api_key, KEY_SETTING, "api"), KEY_SETTING, f"{base_url}/v3")
        self._domain = quote(domain, safe="")

    def standing(self, domain: str) -> Standing:  # noqa: ARG002 - the one that mails are sent through
        found = self._questions.knows(f"/domains/{self._domain}")
        state = text(mapping(found.get("domain")).get("state")) if found else "not known"
        return Standing(sender=f"{self._domain} is {state}", sender_is_well=state == "active")

    def page(self, cursor: str, now: datetime) -> Page:
        places = read_cursor(cursor)
        begin = moment(places.get("begin")) or now - LOOK_BACK
        begun = places.get("begun") or now.isoformat()
        path = f"/{self._domain}/events"
        if token := places.get("token"):
            answer = self._questions.ask_object(f"{path}/{token}")
        else:
            answer = self._questions.ask_object(path, begin=int(begin.timestamp()), ascending="yes", limit=_PAGE)
        found = items(answer.get("items"))
        events: tuple[Event, ...] = tuple(event_of(each, written(each)) for each in found)
        following = _TOKEN.search(text(mapping(answer.get("paging")).get("next"), 3000))
        if len(found) == _PAGE and following:
            places = {"token": following[1], "begin": begin.isoformat(), "begun": begun}
            return Page(events=events, cursor=write_cursor(**places), more=True)
        read_until = (moment(begun) or now).astimezone(UTC) - _LAG
        return Page(events=events, cursor=write_cursor(begin=read_until.isoformat()), more=False)

    def close(self) -> None:
        self._questions.close()
