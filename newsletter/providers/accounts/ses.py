"""Amazon SES, asked (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html): how we stand.

What became of a mail it tells nobody who asks; its list of addresses is read by the provider (ses.py).
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from newsletter.providers.accounts.base import Standing
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.fields import Fields, mapping
from newsletter.providers.ses import KEY_SETTINGS
from newsletter.providers.sigv4 import Credentials, SigV4


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

    def close(self) -> None:
        self._questions.close()


def _quota(account: Fields) -> str:
    quota = mapping(account.get("SendQuota"))
    match quota.get("Max24HourSend"), quota.get("SentLast24Hours"):
        case (int() | float()) as most, (int() | float()) as sent if most >= 0:
            return f"{int(most - sent)} of {int(most)} mails left for today"
    return ""
