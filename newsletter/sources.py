"""Sources: settings become the booking programs that are believed and can be asked; the one place that names them."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from newsletter.bookings.source import BookingSource
from newsletter.config import Settings
from newsletter.errors import SettingsError


def booking_sources(settings: Settings) -> Mapping[str, BookingSource]:
    """The programs whose secret is known; what cannot be believed is not listened to. Raises SettingsError."""
    return {name: make(settings) for name, (setting, make) in _SOURCES.items() if getattr(settings, setting)}


def _calcom(settings: Settings) -> BookingSource:
    from newsletter.bookings.calcom import CalComSource

    return CalComSource(_secret(settings.calcom_webhook_secret))


def _calendly(settings: Settings) -> BookingSource:
    from newsletter.bookings.calendly import CalendlySource

    return CalendlySource(_secret(settings.calendly_webhook_signing_key))


def _square(settings: Settings) -> BookingSource:
    from newsletter.bookings.square import SquareSource

    if settings.square_access_token is None:
        raise SettingsError(
            "square_access_token is missing: Square's calls do not say who comes.",
            "Copy the access token of your application at Square.",
        )
    return SquareSource(
        _secret(settings.square_webhook_signature_key),
        _secret(settings.square_access_token),
        settings.square_webhook_url or f"{settings.public_url}/bookings/square",
        settings.square_url,
    )


def _acuity(settings: Settings) -> BookingSource:
    from newsletter.bookings.acuity import AcuitySource

    if not settings.acuity_user_id:
        raise SettingsError(
            "acuity_user_id is missing: Acuity's calls do not say who comes.",
            "Copy the user ID that stands beside the API key at Acuity.",
        )
    return AcuitySource(settings.acuity_user_id, _secret(settings.acuity_api_key), settings.acuity_url)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


# Each is imported where it is set up, and only then. The setting is the one without which nobody can be believed.
_SOURCES: dict[str, tuple[str, Callable[[Settings], BookingSource]]] = {
    "calcom": ("calcom_webhook_secret", _calcom),
    "calendly": ("calendly_webhook_signing_key", _calendly),
    "square": ("square_webhook_signature_key", _square),
    "acuity": ("acuity_api_key", _acuity),
}
