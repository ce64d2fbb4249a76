"""Amazon SES, asked: its list of addresses that bounced or complained. What became of a mail it tells nobody.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListSuppressedDestinations.html
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from newsletter.domain.event import Event, Kind
from newsletter.providers.accounts.base import LOOK_BACK, Page, Standing, read_cursor, write_cursor
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.fields import Fields, address, items, key, mapping, moment, text, written
from newsletter.providers.ses import KEY_SETTINGS
from newsletter.providers.sigv4 import Credentials, SigV4

_PAGE = 1000
_OVERLAP = timedelta(hours=1)


class SesAccount:
    """`clock` gives the real moment, which a signature must hold."""

    name = "ses"

    def __init__(
        self, credentials: Credentials, region: str, *, clock: Callable[[], datetime], base_url: str = ""
    ) -> None:
        url = base_url.rstrip("/") or f"https://email.{region}.amazonaws.com"
        auth = SigV4(credentials, region, "ses", clock)
        self._questions = Questions("Amazon SES", auth, KEY_SETTINGS, f"{url}/v2/email")

    def standing(self, domain: str) -> Standing:
        account = self._questions.ask_object("/account")
        identity = self._questions.knows(f"/identities/{quote(domain, safe='')}")
        verified = identity is not None and identity.get("VerifiedForSendingStatus") is True
        troubles = [
            trouble
            for trouble, there in (
                (f"{domain} is not verified", not verified),
                ("sending is switched off", account.get("SendingEnabled") is False),
                ("the account is in the sandbox", account.get("ProductionAccessEnabled") is False),
            )
            if there
        ]
        return Standing(
            sender="; ".join(troubles) or f"{domain} is verified", sender_is_well=not troubles, quota=_quota(account)
        )

    def page(self, cursor: str, now: datetime) -> Page:
        places = read_cursor(cursor)
        since = moment(places.get("since")) or now - LOOK_BACK
        begun, token = places.get("begun") or now.isoformat(), places.get("token")
        window: dict[str, str | int] = {"PageSize": _PAGE, "StartDate": int(since.timestamp())}
        asked = window | ({"NextToken": token} if token else {})
        answer = self._questions.ask_object("/suppression/addresses", **asked)
        events = tuple(map(_event, items(answer.get("SuppressedDestinationSummaries"))))
        if following := text(answer.get("NextToken"), 4000):
            cursor = write_cursor(since=since.isoformat(), begun=begun, token=following)
            return Page(events=events, cursor=cursor, more=True)
        read_until = (moment(begun) or now) - _OVERLAP
        return Page(events=events, cursor=write_cursor(since=read_until.isoformat()), more=False)

    def close(self) -> None:
        self._questions.close()


def _event(entry: Fields) -> Event:
    complained = entry.get("Reason") == "COMPLAINT"
    return Event(
        key=key(entry.get("EmailAddress"), entry.get("Reason"), text(str(entry.get("LastUpdateTime")))),
        kind=Kind.COMPLAINED if complained else Kind.BOUNCED,
        address=address(entry.get("EmailAddress")),
        at=moment(entry.get("LastUpdateTime")),
        hard=not complained,
        raw=written(entry),
    )


def _quota(account: Fields) -> str:
    quota = mapping(account.get("SendQuota"))
    match quota.get("Max24HourSend"), quota.get("SentLast24Hours"):
        case (int() | float()) as most, (int() | float()) as sent if most >= 0:
            return f"{int(most - sent)} of {int(most)} mails left for today"
    return ""
