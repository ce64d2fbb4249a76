"""From the settings to a mail service that sends."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter import asking
from newsletter.config import load
from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Message
from newsletter.errors import SettingsError
from tests.conftest import STUDIO, OpenHome
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, DOMAIN, REGION

SETTINGS = {
    "resend": {"resend_api_key": API_KEY},
    "postmark": {"postmark_token": API_KEY},
    "ses": {"ses_region": REGION, "ses_access_key_id": ACCESS_KEY_ID, "ses_secret_access_key": API_KEY},
    "mailgun": {"mailgun_api_key": API_KEY, "mailgun_domain": DOMAIN},
    "brevo": {"brevo_api_key": API_KEY},
    "sendgrid": {"sendgrid_api_key": API_KEY},
    "mailjet": {"mailjet_api_key": ACCESS_KEY_ID, "mailjet_secret_key": API_KEY},
}


@pytest.fixture
def database_url() -> str | None:
    """SQLite: no mail service looks at the store."""
    return None


@pytest.mark.parametrize("service", SETTINGS)
def test_service_is_opened_by_its_settings(
    open_home: OpenHome, fault_server: FaultServer, make_message: Callable[..., Message], service: str
) -> None:
    """Each service is chosen by name, and sends with what the settings give it."""
    with open_home(
        provider=service, brevo_tracking_is_off=True, **{f"{service}_url": fault_server.url}, **SETTINGS[service]
    ) as app:
        (result,) = app.provider.send("key-1", [make_message("anna")])
    assert (app.provider.name, result.outcome) == (service, Outcome.ACCEPTED)
    assert fault_server.journal.counts == {"d-anna": 1}


@pytest.mark.parametrize("service", SETTINGS)
def test_every_service_is_asked_for_all_that_it_tells(open_home: OpenHome, service: str) -> None:
    """As the first service or the second: how we stand, its events where it tells them, and its list."""
    own = {"brevo_tracking_is_off": True, **SETTINGS[service]}
    with open_home(provider="smtp", smtp_host="mail.example", fallback_provider=service, **own) as app:
        asked = {reading.name for reading in asking.readings(app)}
        assert asked == {f"{service} list"} | ({service} - {"ses", "sendgrid"})
        assert set(app.accounts) == {"smtp", service}
    with open_home(provider=service, **own) as app:
        assert {reading.name for reading in asking.readings(app)} == asked


def test_signature_holds_the_real_moment(
    open_home: OpenHome, fault_server: FaultServer, make_message: Callable[..., Message]
) -> None:
    """AWS refuses a date that is minutes off, so that no simulated clock may reach it."""
    before = datetime.now(UTC).replace(microsecond=0)
    with open_home(provider="ses", ses_url=fault_server.url, **SETTINGS["ses"]) as app:
        app.provider.send("key-1", [make_message("anna")])
    signed = datetime.strptime(f"{fault_server.requests[0].headers['x-amz-date']}+0000", "%Y%m%dT%H%M%SZ%z")
    assert before <= signed <= datetime.now(UTC)


@pytest.mark.parametrize("service", SETTINGS)
def test_missing_settings_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    """Everything that a service cannot do without is asked for at once."""
    monkeypatch.setenv("AFTERGLOW_PROVIDER", service)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert [name for name in SETTINGS[service] if name not in str(caught.value)] == []


def test_service_that_may_watch_readers_is_refused(open_home: OpenHome) -> None:
    """No mail can tell Brevo not to watch opens and clicks: the operator says that she has switched it off there."""
    with pytest.raises(SettingsError, match="AFTERGLOW_BREVO_TRACKING_IS_OFF"), open_home(provider="brevo"):
        pass


@pytest.mark.parametrize("service", sorted(set(SETTINGS) - {"resend"}))
@pytest.mark.parametrize("setting", ["sender_address", "reply_to"])
def test_sender_that_a_service_cannot_write_is_refused_when_it_is_set_up(
    open_home: OpenHome, service: str, setting: str
) -> None:
    """Not at the first mail, and with the setting's name."""
    studio = STUDIO.model_copy(update={setting: "zoë@juniper.example"})
    with (
        pytest.raises(SettingsError, match=f"studio.{setting}"),
        open_home(provider=service, studio=studio, brevo_tracking_is_off=True, **SETTINGS[service]),
    ):
        pass
