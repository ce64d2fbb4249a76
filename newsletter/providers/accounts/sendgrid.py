"""SendGrid, asked (https://www.twilio.com/docs/sendgrid/api-reference): how we stand.

Mails can only be looked up by a paid add-on; its lists of addresses are read by the provider (sendgrid.py).
"""

from newsletter.errors import ProviderError
from newsletter.providers.accounts.base import Standing
from newsletter.providers.accounts.questions import Questions, RefusedKeyError
from newsletter.providers.hooks.fields import items
from newsletter.providers.http import Bearer
from newsletter.providers.sendgrid import KEY_SETTING


class SendGridAccount:
    name = "sendgrid"

    def __init__(self, api_key: str, base_url: str = "https://api.sendgrid.com") -> None:
        self._questions = Questions("SendGrid", Bearer(api_key, KEY_SETTING), KEY_SETTING, f"{base_url}/v3")

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

    def close(self) -> None:
        self._questions.close()

    def _quota(self) -> str:
        try:
            left = self._questions.ask_object("/user/credits").get("remain")
        except ProviderError:
            return ""
        return f"{left} mails left" if isinstance(left, int) else ""
