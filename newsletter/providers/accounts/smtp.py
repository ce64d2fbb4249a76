"""A mail server, asked: it lets us in, or it does not. What became of a mail it never tells."""

from newsletter.providers.accounts.base import Standing
from newsletter.providers.smtp import SmtpProvider


class SmtpAccount:
    name = "smtp"

    def __init__(self, provider: SmtpProvider) -> None:
        self._provider = provider

    def standing(self, domain: str) -> Standing:  # noqa: ARG002 - a mail server is not asked for domains
        """Connects and signs in."""
        self._provider.greet()
        return Standing(sender="a mail server does not tell")

    def close(self) -> None:
        self._provider.close()
