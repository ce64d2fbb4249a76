"""Brevo, asked (https://developers.brevo.com/reference/getemaileventreport): its report of events, oldest first."""

from datetime import datetime, timedelta

from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, number, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.brevo import KEY_SETTING
from newsletter.providers.hooks.brevo import event_of
from newsletter.providers.hooks.fields import items, moment, text
from newsletter.providers.http import Token

_PAGE = 2500
_DAY = timedelta(days=1)


class BrevoAccount:
    name = "brevo"

    def __init__(self, api_key: str, base_url: str = "https://api.brevo.com") -> None:
        self._questions = Questions("Brevo", Token(api_key, KEY_SETTING, "api-key"), KEY_SETTING, f"{base_url}/v3")

    def standing(self, domain: str) -> Standing:
        plans = items(self._questions.ask_object("/account").get("plan"))
        sending = [plan for plan in plans if plan.get("creditsType") == "sendLimit"]
        quota = f"{text(sending[0].get('credits'))} mails left" if sending else ""
        for each in items(self._questions.ask_object("/senders/domains").get("domains")):
            if each.get("domain_name") == domain:
                well = each.get("authenticated") is True
                return Standing(
                    sender=f"{domain} is {'authenticated' if well else 'not authenticated'}",
                    sender_is_well=well,
                    quota=quota,
                )
        return Standing(sender=f"{domain} is not known", sender_is_well=False, quota=quota)

    def page(self, cursor: str, now: datetime) -> Page:
        """By days: within the same first day the list only grows, so its length is where to go on."""
        places = read_cursor(cursor)
        since, offset = moment(places.get("since")), number(places.get("offset"))
        if since is None or since < now - LOOK_BACK:
            since, offset = now - LOOK_BACK, 0
        window = {"startDate": f"{since:%Y-%m-%d}", "endDate": f"{now:%Y-%m-%d}", "sort": "asc"}
        answer = self._questions.ask_object("/smtp/statistics/events", limit=_PAGE, offset=offset, **window)
        found = items(answer.get("events"))
        events = tuple(map(event_of, found))
        if len(found) == _PAGE:
            following = write_cursor(since=since.isoformat(), offset=offset + _PAGE)
            return Page(events=events, cursor=following, more=True)
        if since < now - 2 * _DAY:
            return Page(events=events, cursor=write_cursor(since=(now - _DAY).isoformat()), more=False)
        return Page(events=events, cursor=write_cursor(since=since.isoformat(), offset=offset), more=False)

    def close(self) -> None:
        self._questions.close()
