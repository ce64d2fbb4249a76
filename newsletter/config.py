"""The settings: read once from the environment, secret files and the home's settings.toml, every fault in one error."""

import ipaddress
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from newsletter.errors import SettingsError
from subscribers.errors import AudienceError
from subscribers.subscriber import clean_tags

SETTINGS_FILE = "settings.toml"
PLACEHOLDER_ADDRESS = "studio@example.com"
PLACEHOLDER_WEBSITE = "https://example.com"
_NEEDED = {  # by each mail service, of its own settings
    "smtp": ("smtp_host",),
    "resend": ("resend_api_key",),
    "postmark": ("postmark_token",),
    "ses": ("ses_region", "ses_access_key_id", "ses_secret_access_key"),
    "mailgun": ("mailgun_api_key", "mailgun_domain"),
    "brevo": ("brevo_api_key",),
    "sendgrid": ("sendgrid_api_key",),
    "mailjet": ("mailjet_api_key", "mailjet_secret_key"),
}


def _timezone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone; write it like Europe/London") from None


def _web_address(address: str) -> str:
    if address and not address.startswith(("https://", "http://")):
        raise ValueError("is not a web address; it starts with https://")
    return address.rstrip("/")


def _folder(path: Path | None) -> Path | None:
    if path is not None and not path.is_dir():
        raise ValueError(f"is not a folder: {path}")
    return path


def _country(code: str) -> str:
    if code and not (len(code) == 2 and code.isalpha()):
        raise ValueError("is not a country code; write two letters, like GB")
    return code.upper()


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a line break or another character that cannot be printed")
    return text


def _mail_address(address: str) -> str:
    name, _, domain = address.partition("@")
    if address and not (name and "." in domain and address.isprintable() and " " not in address):
        raise ValueError("is not a mail address; write it like you@your-studio.example")
    return address


def _networks(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses or networks, in their normal form."""
    try:
        return tuple(str(ipaddress.ip_network(each.strip(), strict=False)) for each in addresses)
    except ValueError as error:
        raise ValueError(f"cannot be used: {error}; write addresses such as 127.0.0.1 or 10.0.0.0/8") from None


def _topics(names: tuple[str, ...]) -> tuple[str, ...]:
    """What readers may choose from, as tags in their normal form."""
    try:
        return clean_tags(names)
    except AudienceError as error:
        raise ValueError(f"cannot be used: {error}") from None


Line = Annotated[str, AfterValidator(_one_line)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class PractitionerSettings(BaseModel):
    """Under whose name the mails of a practitioner's sessions come; the address they come from is the studio's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender_name: Line = ""
    signature: Line = ""
    reply_to: MailAddress = ""


def _practitioners(known: dict[str, PractitionerSettings]) -> dict[str, PractitionerSettings]:
    seen: dict[str, str] = {}
    for name in known:
        plain = " ".join(name.split()).casefold()
        if not plain or not name.isprintable():
            raise ValueError(f"has a name that nobody can have: {name!r}")
        if plain in seen:
            raise ValueError(f"names one practitioner twice: {seen[plain]} and {name}")
        seen[plain] = name
    return known


class StudioSettings(BaseModel):
    """The studio, as the therapist writes it under [studio] in settings.toml or in AFTERGLOW_STUDIO__NAME and so on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line = "Your studio"
    practitioner: Line = "Your therapist"
    sender_address: MailAddress = PLACEHOLDER_ADDRESS
    sender_name: Line = ""
    reply_to: MailAddress = ""
    postal_address: str = ""
    country: Annotated[str, AfterValidator(_country)] = ""
    language: str = "en"
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    website: WebAddress = PLACEHOLDER_WEBSITE
    booking_url: WebAddress = ""
    booking_label: Line = ""
    phone: str = ""
    logo_url: WebAddress = ""
    accent: str = "#2f6f62"
    paper: str = "#fbf8f3"
    ink: str = "#2a2a28"
    design: Literal["calm", "fresh", "journal", "letter"] = "calm"
    font: str = ""
    heading_font: str = ""
    practitioners: Annotated[dict[str, PractitionerSettings], AfterValidator(_practitioners)] = Field(
        default_factory=dict
    )


class Settings(BaseSettings):
    """Everything that can be set. Each name is AFTERGLOW_ and the field's name in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="AFTERGLOW_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    home: Path
    database_url: SecretStr | None = None
    secret_key: SecretStr | None = Field(default=None, min_length=16)
    provider: Literal["file", "smtp", "resend", "postmark", "ses", "mailgun", "brevo", "sendgrid", "mailjet"] = "file"
    fallback_provider: (
        Literal["smtp", "resend", "postmark", "ses", "mailgun", "brevo", "sendgrid", "mailjet"] | None
    ) = None
    undo_window: int = Field(default=5, ge=0, le=24 * 60)  # minutes
    marketing_a_month: int = Field(default=2, ge=2, le=31)  # newsletters and invitations to one person
    public_url: WebAddress = "https://example.com"
    templates: Annotated[Path | None, AfterValidator(_folder)] = None
    allow_private_addresses: bool = False
    archive: bool = True
    topics: Annotated[tuple[str, ...], AfterValidator(_topics)] = ()
    limit_per_second: PositiveInt | None = None
    limit_per_hour: PositiveInt | None = None
    limit_per_day: PositiveInt | None = None
    warm_up: tuple[PositiveInt, ...] = ()
    smtp_host: str = ""
    smtp_port: int = Field(default=587, gt=0, lt=65536)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr | None = None
    smtp_dkim_key_file: Path | None = None
    smtp_dkim_domain: str = ""
    smtp_dkim_selector: str = ""
    resend_api_key: SecretStr | None = None
    resend_url: WebAddress = "https://api.resend.com"
    postmark_token: SecretStr | None = None
    postmark_url: WebAddress = "https://api.postmarkapp.com"
    postmark_broadcast_stream: str = "broadcast"
    postmark_outbound_stream: str = "outbound"
    ses_region: str = ""
    ses_access_key_id: str = ""
    ses_secret_access_key: SecretStr | None = None
    ses_session_token: SecretStr | None = None
    ses_url: WebAddress = ""
    mailgun_api_key: SecretStr | None = None
    mailgun_domain: str = ""
    mailgun_url: WebAddress = "https://api.mailgun.net"
    brevo_api_key: SecretStr | None = None
    brevo_url: WebAddress = "https://api.brevo.com"
    brevo_tracking_is_off: bool = False
    sendgrid_api_key: SecretStr | None = None
    sendgrid_url: WebAddress = "https://api.sendgrid.com"
    mailjet_api_key: str = ""
    mailjet_secret_key: SecretStr | None = None
    mailjet_url: WebAddress = "https://api.mailjet.com"
    resend_webhook_secret: SecretStr | None = None
    postmark_webhook_secret: SecretStr | None = None
    ses_webhook_topic_arn: str = ""
    mailgun_webhook_signing_key: SecretStr | None = None
    brevo_webhook_secret: SecretStr | None = None
    sendgrid_webhook_public_key: str = ""
    mailjet_webhook_secret: SecretStr | None = None
    calcom_webhook_secret: SecretStr | None = None
    calendly_webhook_signing_key: SecretStr | None = None
    square_webhook_signature_key: SecretStr | None = None
    square_webhook_url: str = ""  # to the letter, for it is signed
    square_access_token: SecretStr | None = None
    square_url: WebAddress = "https://connect.squareup.com"
    acuity_user_id: str = ""
    acuity_api_key: SecretStr | None = None
    acuity_url: WebAddress = "https://acuityscheduling.com"
    keep_opens: bool = False
    track_clicks: bool = False
    track_opens: bool = False
    track_asks: bool = True
    keep_events_days: PositiveInt = 30
    keep_opens_days: PositiveInt = 365
    keep_sessions_days: PositiveInt = 180
    keep_unconfirmed_days: int = Field(default=30, ge=8)  # the link to confirm is good for seven
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = ()
    studio: StudioSettings = StudioSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the framework's signature
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line before the environment before secret files before settings.toml."""
        home = Path(init_settings()["home"])
        written = InitSettingsSource(settings_cls, init_kwargs=_written(home / SETTINGS_FILE))
        return init_settings, env_settings, file_secret_settings, written


def load(home: Path, secrets: Path | None = None) -> Settings:
    """The settings of a home. `secrets` is a folder of files, each named like its variable and holding its value.

    Raises SettingsError that names every fault at once; no value of a secret is ever in it.
    """
    if secrets is not None and not secrets.is_dir():
        raise SettingsError(f"{secrets} is no folder of secrets.", "Correct AFTERGLOW_SECRETS_DIR, or leave it out.")
    try:
        settings = Settings(home=home.absolute(), _secrets_dir=secrets)  # type: ignore[call-arg]  # pydantic adds it
    except ValidationError as error:
        raise SettingsError(_in_words(error), f"Mend it in {home / SETTINGS_FILE} or in the environment.") from None
    except UnreadableError as error:
        raise SettingsError(f"The settings cannot be read: {error}.", "Write that variable as JSON.") from None
    if faults := list(_missing(settings)):
        raise SettingsError("The settings are not complete: " + "; ".join(faults) + ".", "Add them and try again.")
    return settings


def _written(file: Path) -> dict[str, object]:
    """What is in settings.toml; nothing where there is none."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))  # Windows editors begin with a byte order mark
    except (FileNotFoundError, NotADirectoryError):  # a home that cannot be is named where it is made
        return {}
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.", "Check the file.") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.", "Mend that line.") from None
    if "home" in values:
        raise SettingsError(f"{file} names a home, but it lies in one.", "Remove that line; the home is set by --home.")
    return values


def _in_words(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in fault["loc"])
        match fault["type"]:
            case "extra_forbidden":
                faults.append(f"{name} is not a setting")
            case "value_error":
                faults.append(f"{name} {fault['msg'].removeprefix('Value error, ')}")
            case _:
                faults.append(f"{name}: {fault['msg'][:1].lower()}{fault['msg'][1:]}")
    return "The settings have faults: " + "; ".join(faults) + "."


def _missing(settings: Settings) -> list[str]:
    """What a provider that really sends cannot do without, and what tracking needs with any."""
    if (settings.track_clicks or settings.track_opens) and "public_url" not in settings.model_fields_set:
        return ["public_url (where track_clicks and track_opens lead a reader)"]
    if settings.provider == settings.fallback_provider:
        return ["fallback_provider (another mail service than provider; that one cannot stand in for itself)"]
    if settings.provider == "file":
        return ["provider (fallback_provider stands in for a mail service, not for files)"] * bool(
            settings.fallback_provider
        )
    studio = settings.studio
    needed = {
        "studio.sender_address (the address you write from)": studio.sender_address != PLACEHOLDER_ADDRESS,
        "studio.postal_address (the law wants it in every newsletter)": bool(studio.postal_address),
        "public_url (where readers reach the unsubscribe page)": "public_url" in settings.model_fields_set,
    }
    for service in filter(None, (settings.provider, settings.fallback_provider)):
        needed |= {name: bool(getattr(settings, name)) for name in _NEEDED[service]}
    return [name for name, present in needed.items() if not present]
