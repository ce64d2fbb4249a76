"""The composition root: settings become an App of store, provider and words; the one place that names adapters."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from newsletter import listening, sources
from newsletter.config import PractitionerSettings, Settings, StudioSettings
from newsletter.context import App
from newsletter.domain.limits import Limits
from newsletter.domain.message import Mailbox
from newsletter.domain.quiet import QuietHours
from newsletter.domain.studio import Design, Practitioner, Studio
from newsletter.errors import SettingsError
from newsletter.providers.base import Provider
from newsletter.store import meta
from newsletter.store.database import Database, sqlite_url

OUTBOX = "outbox"
STORE_FILE = "afterglow.db"
KEY_FILE = "secret.key"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_LONGEST_KEY = 64  # bytes, as keyed BLAKE2b takes them


@contextmanager
def open_app(settings: Settings, *, worker: str | None = None) -> Iterator[App]:
    """The App of a home, its store made or brought up to date.

    Raises SettingsError for a home that cannot be written to, StoreError for a store that cannot be used.
    """
    home = settings.home
    make_home(home)
    database = Database(_database_url(settings))
    try:
        with FileLock(home / ".lock"):
            key = _key(settings)
            database.upgrade()
        with database.read() as connection:
            store_id = meta.store_id(connection)
        with ExitStack() as services:
            yield App(
                settings=settings,
                database=database,
                provider=services.enter_context(closing(_service(settings, settings.provider))),
                fallback=services.enter_context(closing(_service(settings, settings.fallback_provider)))
                if settings.fallback_provider
                else None,
                hooks=listening.hooks(settings),
                booking_sources=sources.booking_sources(settings),
                accounts=listening.accounts(settings),
                logs=listening.logs(settings),
                studio=studio_of(settings.studio),
                key=key,
                store_id=store_id,
                quiet=QuietHours(),
                limits=_limits(settings),
                worker=worker or f"{socket.gethostname()}-{os.getpid()}",
            )
    finally:
        database.close()


def studio_of(settings: StudioSettings) -> Studio:
    """The studio as templates know it; what is not set follows from what is."""
    sender = Mailbox(address=settings.sender_address, name=settings.sender_name or settings.name)
    return Studio(
        name=settings.name,
        practitioner=settings.practitioner,
        sender=sender,
        reply_to=Mailbox(address=settings.reply_to, name=settings.practitioner) if settings.reply_to else sender,
        postal_address=settings.postal_address,
        country=settings.country,
        language=settings.language,
        timezone=settings.timezone,
        website=settings.website,
        booking_url=settings.booking_url or settings.website,
        booking_label=settings.booking_label,
        phone=settings.phone,
        logo_url=settings.logo_url,
        accent=settings.accent,
        paper=settings.paper,
        ink=settings.ink,
        design=Design(settings.design),
        font=settings.font,
        heading_font=settings.heading_font,
        practitioners=tuple(_practitioner(name, each) for name, each in settings.practitioners.items()),
    )


def _practitioner(name: str, settings: PractitionerSettings) -> Practitioner:
    signature = settings.signature or name
    reply_to = Mailbox(address=settings.reply_to, name=signature) if settings.reply_to else None
    return Practitioner(name=name, sender_name=settings.sender_name, signature=signature, reply_to=reply_to)


def make_home(home: Path) -> None:
    """Makes the home folder where there is none. Raises SettingsError where that cannot be."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / ".lock").touch()
    except OSError as error:
        raise SettingsError(
            f"The home folder {home} cannot be written to: {error.strerror}.",
            "Give this user write permission, or choose another folder with --home.",
        ) from error


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        return sqlite_url(settings.home / STORE_FILE)
    try:
        url = make_url(settings.database_url.get_secret_value())
    except (ArgumentError, ValueError):  # which say what they were given, password and all
        url = make_url("nothing://")
    if url.get_backend_name() not in _DRIVERS:
        raise SettingsError(
            "AFTERGLOW_DATABASE_URL is not the address of a database.",
            "Write it like postgresql://user:password@host/name, or leave it out.",
        )
    return url.set(drivername=_DRIVERS[url.get_backend_name()]).render_as_string(hide_password=False)


def _key(settings: Settings) -> bytes:
    """The secret of this home: given by the operator, or made once and kept beside the store."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()[:_LONGEST_KEY]
    file = settings.home / KEY_FILE
    if not file.exists():
        _refuse_lost_key(settings, file)
        unfinished = file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_hex(32), encoding="ascii")
        unfinished.replace(file)
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if not key:
        raise SettingsError(
            f"{file} is damaged.", "Put it back from a backup; links in mails that were sent need that very key."
        )
    return key


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(15) == b"SQLite format 3"


def _refuse_lost_key(settings: Settings, file: Path) -> None:
    """A store without its key: a new one would break every unsubscribe link that was ever sent."""
    store = settings.home / STORE_FILE
    if store.exists() and _is_sqlite(store):
        raise SettingsError(
            f"The secret key {file} is gone, and the store beside it needs it.",
            "Put it back from a backup; every unsubscribe link that was sent is signed with it.",
        )


def _limits(settings: Settings) -> Limits:
    return Limits(
        per_second=settings.limit_per_second,
        per_hour=settings.limit_per_hour,
        per_day=settings.limit_per_day,
        warm_up=settings.warm_up,
    )


def _service(settings: Settings, name: str) -> Provider:
    """Raises SettingsError for a mail service that cannot do what will be asked of it."""
    provider = _PROVIDERS[name](settings)
    studio = settings.studio
    addresses = {"sender_address": studio.sender_address, "reply_to": studio.reply_to}
    addresses |= {f"practitioners.{name}.reply_to": each.reply_to for name, each in studio.practitioners.items()}
    for setting, address in addresses.items():
        if provider.capabilities.ascii_only and not address.rpartition("@")[0].isascii():
            provider.close()
            raise SettingsError(
                f"{name} cannot write from {address}: it takes only ASCII before the @.",
                f"Set another studio.{setting}, or use smtp.",
            )
    return provider


def _file_provider(settings: Settings) -> Provider:
    from newsletter.providers.file import FileProvider

    return FileProvider(settings.home / OUTBOX)


def _smtp_provider(settings: Settings) -> Provider:
    from newsletter.providers.smtp import SmtpProvider

    return SmtpProvider(
        settings.smtp_host,
        settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=_secret(settings.smtp_password),
        sign=_signature(settings),
    )


def _signature(settings: Settings) -> Callable[[bytes], bytes] | None:
    """What signs mails for SMTP, where all that it needs is set; None where nothing is."""
    given = settings.smtp_dkim_key_file, settings.smtp_dkim_domain, settings.smtp_dkim_selector
    if not any(given):
        return None
    key_file, domain, selector = given
    if not (key_file and domain and selector):
        raise SettingsError(
            "Of smtp_dkim_key_file, smtp_dkim_domain and smtp_dkim_selector, one is not set.", "Set all three, or none."
        )
    from newsletter.providers.dkim_signature import Signer

    sender = Mailbox(address=settings.studio.sender_address)
    return Signer(settings.home / key_file, domain, selector, sender_domain=sender.domain).sign


def _resend_provider(settings: Settings) -> Provider:
    from newsletter.providers.resend import ResendProvider

    return ResendProvider(_secret(settings.resend_api_key), base_url=settings.resend_url)


def _postmark_provider(settings: Settings) -> Provider:
    from newsletter.providers.postmark import PostmarkProvider

    return PostmarkProvider(
        _secret(settings.postmark_token),
        base_url=settings.postmark_url,
        broadcast_stream=settings.postmark_broadcast_stream,
        outbound_stream=settings.postmark_outbound_stream,
    )


def _ses_provider(settings: Settings) -> Provider:
    from newsletter.providers.ses import SesProvider
    from newsletter.providers.sigv4 import Credentials

    # The real moment, whatever --now says: AWS refuses a signature that is five minutes off.
    credentials = Credentials(
        access_key_id=settings.ses_access_key_id,
        secret_access_key=_secret(settings.ses_secret_access_key),
        session_token=_secret(settings.ses_session_token),
    )
    return SesProvider(credentials, settings.ses_region, clock=lambda: datetime.now(UTC), base_url=settings.ses_url)


def _mailgun_provider(settings: Settings) -> Provider:
    from newsletter.providers.mailgun import MailgunProvider

    return MailgunProvider(_secret(settings.mailgun_api_key), settings.mailgun_domain, base_url=settings.mailgun_url)


def _brevo_provider(settings: Settings) -> Provider:
    from newsletter.providers.brevo import BrevoProvider

    return BrevoProvider(
        _secret(settings.brevo_api_key),
        base_url=settings.brevo_url,
        tracking_is_off=settings.brevo_tracking_is_off,
    )


def _sendgrid_provider(settings: Settings) -> Provider:
    from newsletter.providers.sendgrid import SendGridProvider

    return SendGridProvider(_secret(settings.sendgrid_api_key), base_url=settings.sendgrid_url)


def _mailjet_provider(settings: Settings) -> Provider:
    from newsletter.providers.mailjet import MailjetProvider

    return MailjetProvider(
        settings.mailjet_api_key, _secret(settings.mailjet_secret_key), base_url=settings.mailjet_url
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


# Each is imported when it is chosen: requests alone takes a quarter of a second.
_PROVIDERS: dict[str, Callable[[Settings], Provider]] = {
    "file": _file_provider,
    "smtp": _smtp_provider,
    "resend": _resend_provider,
    "postmark": _postmark_provider,
    "ses": _ses_provider,
    "mailgun": _mailgun_provider,
    "brevo": _brevo_provider,
    "sendgrid": _sendgrid_provider,
    "mailjet": _mailjet_provider,
}
