"""Amazon SES: what each of its answers means for the mail."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.attachment import Attachment
from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import ProviderError, SettingsError
from newsletter.providers.base import Suppressed
from newsletter.providers.ses import SesProvider
from newsletter.providers.sigv4 import Credentials
from newsletter.rendering.mime import encode
from subscribers.suppression import Reason
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, REGION

MakeMessage = Callable[..., Message]
KEYS = Credentials(access_key_id=ACCESS_KEY_ID, secret_access_key=API_KEY)


@pytest.fixture
def one(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna")]


@pytest.fixture
def permanent_keys(fault_server: FaultServer) -> Iterator[SesProvider]:
    """A provider without a session token."""
    with closing(SesProvider(KEYS, REGION, clock=clock, base_url=fault_server.url)) as provider:
        yield provider


def clock() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


def failed(provider: SesProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


def error(status: int, name: str, message: str = "in plain words", **headers: str) -> Fault:
    return Fault(
        status=status, body=json.dumps({"message": message}).encode(), headers={"x-amzn-errortype": name} | headers
    )


def test_mail_arrives_byte_for_byte(ses: SesProvider, fault_server: FaultServer, one: list[Message]) -> None:
    """What we wrote is what SES is handed."""
    ses.send("key-1", one)
    assert fault_server.journal.accepted[0].mail["content"] == encode(one[0]).decode()


def test_call_names_reader_and_id_and_no_sender(
    ses: SesProvider, fault_server: FaultServer, one: list[Message]
) -> None:
    """Our id is the only tag; a FromEmailAddress would take the place of the From header and its name."""
    ses.send("key-1", one)
    call = json.loads(fault_server.requests[0].body)
    assert set(call) == {"Content", "Destination", "EmailTags"}
    assert call["Destination"] == {"ToAddresses": ["anna@client.example"]}
    assert call["EmailTags"] == [{"Name": "mid", "Value": "d-anna"}]


def test_keys_need_no_session_token(permanent_keys: SesProvider, one: list[Message]) -> None:
    """With a key of its own an account signs without one."""
    assert permanent_keys.send("key-1", one)[0].outcome is Outcome.ACCEPTED


def test_regions_address_is_the_default(one: list[Message]) -> None:
    """Each region has its own address; where nothing leaves, it can be seen in the name that is not found."""
    with closing(SesProvider(KEYS, "xx-nowhere-1", clock=clock, timeout=(1, 1))) as provider:
        assert not failed(provider, one).in_doubt


@pytest.mark.parametrize("name", ["MessageRejected", "BadRequestException", "com.amazonaws.ses#BadRequestException"])
def test_bad_mail_is_rejected(ses: SesProvider, fault_server: FaultServer, one: list[Message], name: str) -> None:
    """What SES finds invalid is refused for good, with its reason."""
    fault_server.faults.append(error(400, f"{name}:http://internal.amazon.com/", "Missing final '@domain'"))
    (result,) = ses.send("key-1", one)
    assert (result.outcome, result.reason) == (Outcome.REJECTED, "Amazon SES: Missing final '@domain'.")


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (error(429, "TooManyRequestsException"), timedelta(seconds=1)),
        (error(400, "ThrottlingException", "Maximum sending rate exceeded."), timedelta(seconds=1)),
        (error(400, "Throttling", "Daily message quota exceeded."), timedelta(hours=1)),
        (error(400, "LimitExceededException"), timedelta(hours=1)),
        (error(429, "TooManyRequestsException", retry_after="9"), timedelta(seconds=9)),
        (Fault(status=429, body=b"busy"), timedelta(seconds=1)),
        (Fault(status=400, body=b'{"__type": "ThrottlingException"}'), timedelta(seconds=1)),
    ],
)
def test_throttling_says_how_long(
    ses: SesProvider, fault_server: FaultServer, one: list[Message], fault: Fault, wait: timedelta
) -> None:
    """A rate is over in a second, a used-up day frees itself by the hour; neither is the mail's failure."""
    fault_server.faults.append(fault)
    raised = failed(ses, one)
    assert (raised.retry_after, raised.in_doubt, raised.permanent) == (wait, False, False)


@pytest.mark.parametrize(
    ("fault", "setting"),
    [
        (error(403, "AccessDeniedException"), "AFTERGLOW_SES_ACCESS_KEY_ID"),
        (error(403, "InvalidSignatureException", "The canonical string should be a-session"), "AFTERGLOW_SES_SECRET"),
        (error(400, "ExpiredTokenException"), "AFTERGLOW_SES_ACCESS_KEY_ID"),
        (error(403, ""), "AFTERGLOW_SES_ACCESS_KEY_ID"),
        (error(400, "MailFromDomainNotVerifiedException"), "AFTERGLOW_SES_REGION"),
        (error(400, "MessageRejected", "Email address is not verified. The following ..."), "AFTERGLOW_SES_REGION"),
        (error(400, "SendingPausedException"), "AFTERGLOW_SES_REGION"),
        (error(404, "NotFoundException"), "AFTERGLOW_SES_REGION"),
        (Fault(status=301, headers={"location": "/"}), "AFTERGLOW_SES_REGION"),
    ],
)
def test_what_we_must_mend_loses_no_mail(
    ses: SesProvider, fault_server: FaultServer, one: list[Message], fault: Fault, setting: str
) -> None:
    """Keys, clock, sender and account are ours to mend: the mail waits, the setting is named, its value never."""
    fault_server.faults.append(fault)
    raised = failed(ses, one)
    assert setting in raised.remedy
    assert (raised.in_doubt, raised.permanent) == (False, False)
    assert "a-session" not in str(raised)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, resets=True),
        Fault(accepts=True, status=200, body=b"{"),
        Fault(accepts=True, status=200, body=b'{"MessageId": ""}'),
        error(500, "InternalServiceErrorException"),
        error(503, "ServiceUnavailable"),
    ],
)
def test_lost_answer_stays_in_doubt(
    ses: SesProvider, fault_server: FaultServer, one: list[Message], fault: Fault
) -> None:
    """SES has no way to be asked: only an event, or a person, can tell."""
    fault_server.faults.append(fault)
    assert failed(ses, one).in_doubt
    assert ses.look_up(one[0]).outcome is Outcome.UNKNOWN


def test_reader_beyond_ascii_is_rejected(ses: SesProvider, make_message: MakeMessage) -> None:
    """SES does not speak SMTPUTF8."""
    (result,) = ses.send("key-1", [make_message("anna", to=Mailbox(address="zoë@client.example"))])
    assert result.outcome is Outcome.REJECTED


def test_suppressed_addresses_come_page_by_page(ses: SesProvider, fault_server: FaultServer) -> None:
    """Every page is signed, its odd token and all."""
    fault_server.refused |= {f"reader-{number:04}@client.example" for number in range(2_001)}
    listed = list(ses.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))
    at = datetime(2026, 11, 23, 9, 30, 0, 500_000, tzinfo=UTC)
    assert len({each.address for each in listed}) == 2_001
    assert listed[0] == Suppressed(address="reader-0000@client.example", reason=Reason.HARD_BOUNCE, at=at)
    assert fault_server.requests[0].query["StartDate"] == "2026-11-01T00:00:00Z"


def test_list_that_cannot_be_read_is_said_so(ses: SesProvider, fault_server: FaultServer) -> None:
    """An error is no empty list."""
    fault_server.faults.append(Fault(look_up=True, status=403))
    with pytest.raises(ProviderError, match="signature"):
        list(ses.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))


def test_mail_that_is_too_large_is_rejected_unsent(
    ses: SesProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """By what SES says of the largest."""
    film = Attachment(content_type="video/mp4", name="film.mp4", content=bytes(23_000_000))
    (result,) = ses.send("key-1", [make_message("anna", attachments=[film])])
    assert (result.outcome, fault_server.requests) == (Outcome.REJECTED, [])


@pytest.mark.parametrize("region", ["", "Ireland", "eu-west-1.evil.example/", "eu-west-1\n"])
def test_region_that_cannot_be_one_is_refused(region: str) -> None:
    """A region becomes part of the address, and so must be one."""
    with pytest.raises(SettingsError, match="AFTERGLOW_SES_REGION"):
        SesProvider(KEYS, region, clock=clock)


@pytest.mark.parametrize(
    ("key", "secret", "token"), [("", "s", ""), ("k", "s ", ""), ("k", "ü", ""), ("k", "s", "t\n")]
)
def test_keys_that_cannot_be_ones_are_refused(key: str, secret: str, token: str) -> None:
    """Keys cut out with a space or a line break are said to be so, without showing them."""
    keys = Credentials(access_key_id=key, secret_access_key=secret, session_token=token)
    with pytest.raises(SettingsError, match="AFTERGLOW_SES_SECRET_ACCESS_KEY"):
        SesProvider(keys, REGION, clock=clock)
