"""Listening: settings become the webhooks that are believed and the accounts that can be asked.

Beside app.py, which makes the mail services themselves, the one place that names them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from pydantic import SecretStr

from newsletter.config import Settings
from newsletter.providers.accounts.base import Account, EventLog
from newsletter.providers.hooks.base import Hook

_Opened = TypeVar("_Opened")


def hooks(settings: Settings) -> dict[str, Hook]:
    """The webhooks whose secret is known; what cannot be believed is not listened to. Raises SettingsError."""
    return {name: make(settings) for name, (setting, make) in _HOOKS.items() if getattr(settings, setting)}


def accounts(settings: Settings) -> dict[str, Callable[[], Account]]:
    """What opens our account at each service that is set up and can be asked how we stand."""
    return _openers(settings, {**_SILENT, **_LOGS})


def logs(settings: Settings) -> dict[str, Callable[[], EventLog]]:
    """The same, for those that also tell what became of single mails."""
    return _openers(settings, _LOGS)


def _openers(settings: Settings, made: Mapping[str, Callable[[Settings], _Opened]]) -> dict[str, Callable[[], _Opened]]:
    names = filter(None, (settings.provider, settings.fallback_provider))
    return {name: partial(made[name], settings) for name in names if name in made}


def _smtp_account(settings: Settings) -> Account:
    from newsletter.providers.accounts.smtp import SmtpAccount
    from newsletter.providers.smtp import SmtpProvider

    server = SmtpProvider(
        settings.smtp_host,
        settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=_secret(settings.smtp_password),
    )
    return SmtpAccount(server)


def _resend_account(settings: Settings) -> EventLog:
    from newsletter.providers.accounts.resend import ResendAccount

    return ResendAccount(_secret(settings.resend_api_key), settings.resend_url)


def _postmark_account(settings: Settings) -> EventLog:
    from newsletter.providers.accounts.postmark import PostmarkAccount

    return PostmarkAccount(_secret(settings.postmark_token), settings.postmark_url)


def _ses_account(settings: Settings) -> Account:
    from newsletter.providers.accounts.ses import SesAccount
    from newsletter.providers.sigv4 import Credentials

    credentials = Credentials(
        access_key_id=settings.ses_access_key_id,
        secret_access_key=_secret(settings.ses_secret_access_key),
        session_token=_secret(settings.ses_session_token),
    )
    return SesAccount(credentials, settings.ses_region, clock=lambda: datetime.now(UTC), base_url=settings.ses_url)


def _mailgun_account(settings: Settings) -> EventLog:
    from newsletter.providers.accounts.mailgun import MailgunAccount

    return MailgunAccount(_secret(settings.mailgun_api_key), settings.mailgun_domain, settings.mailgun_url)


def _brevo_account(settings: Settings) -> EventLog:
    from newsletter.providers.accounts.brevo import BrevoAccount

    return BrevoAccount(_secret(settings.brevo_api_key), settings.brevo_url)


def _sendgrid_account(settings: Settings) -> Account:
    from newsletter.providers.accounts.sendgrid import SendGridAccount

    return SendGridAccount(_secret(settings.sendgrid_api_key), settings.sendgrid_url)


def _mailjet_account(settings: Settings) -> EventLog:
    from newsletter.providers.accounts.mailjet import MailjetAccount

    return MailjetAccount(settings.mailjet_api_key, _secret(settings.mailjet_secret_key), settings.mailjet_url)


def _resend_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.resend import ResendHook

    return ResendHook(_secret(settings.resend_webhook_secret))


def _postmark_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.postmark import PostmarkHook

    return PostmarkHook(_secret(settings.postmark_webhook_secret))


def _ses_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.ses import SesHook

    return SesHook(settings.ses_webhook_topic_arn)


def _mailgun_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.mailgun import MailgunHook

    return MailgunHook(_secret(settings.mailgun_webhook_signing_key))


def _brevo_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.brevo import BrevoHook

    return BrevoHook(_secret(settings.brevo_webhook_secret))


def _sendgrid_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.sendgrid import SendGridHook

    return SendGridHook(settings.sendgrid_webhook_public_key)


def _mailjet_hook(settings: Settings) -> Hook:
    from newsletter.providers.hooks.mailjet import MailjetHook

    return MailjetHook(_secret(settings.mailjet_webhook_secret))


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


# Each is imported where it is set up, and only then. The setting is the one without which nobody can be believed.
_HOOKS: dict[str, tuple[str, Callable[[Settings], Hook]]] = {
    "resend": ("resend_webhook_secret", _resend_hook),
    "postmark": ("postmark_webhook_secret", _postmark_hook),
    "ses": ("ses_webhook_topic_arn", _ses_hook),
    "mailgun": ("mailgun_webhook_signing_key", _mailgun_hook),
    "brevo": ("brevo_webhook_secret", _brevo_hook),
    "sendgrid": ("sendgrid_webhook_public_key", _sendgrid_hook),
    "mailjet": ("mailjet_webhook_secret", _mailjet_hook),
}
# A mail server tells nothing afterwards; the other two, nothing of single mails.
_SILENT: dict[str, Callable[[Settings], Account]] = {
    "smtp": _smtp_account,
    "ses": _ses_account,
    "sendgrid": _sendgrid_account,
}
_LOGS: dict[str, Callable[[Settings], EventLog]] = {
    "resend": _resend_account,
    "postmark": _postmark_account,
    "mailgun": _mailgun_account,
    "brevo": _brevo_account,
    "mailjet": _mailjet_account,
}
