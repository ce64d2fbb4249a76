"""What every mail service keeps to, whatever it is."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.domain.attachment import Attachment
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.base import LookUp, Provider, SuppressionList, largest_call
from newsletter.providers.brevo import BrevoProvider
from newsletter.providers.file import FileProvider
from newsletter.providers.mailgun import MailgunProvider
from newsletter.providers.mailjet import MailjetProvider
from newsletter.providers.postmark import PostmarkProvider
from newsletter.providers.resend import ResendProvider
from newsletter.providers.sendgrid import SendGridProvider
from newsletter.providers.ses import SesProvider
from newsletter.providers.sigv4 import Credentials
from newsletter.providers.smtp import SmtpProvider
from subscribers.suppression import Reason
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, DOMAIN, REGION
from tests.providers.arrived import (
    NOTES,
    PICTURE,
    Arrived,
    Attached,
    Mail,
    from_brevo,
    from_mail,
    from_mailgun,
    from_mailjet,
    from_postmark,
    from_resend,
    from_sendgrid,
)
from tests.providers.resend_server import ResendServer
from tests.providers.smtp_server import PASSWORD, USERNAME, SmtpServer

MakeMessage = Callable[..., Message]
WRONG = "re_WrongSecret456"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A provider that works, what arrived by it, one that reaches nothing, and one whose secret is wrong.

    `one_id_a_call`: its id stands for all mails of a call. `writes_itself` are headers that the service lets nobody
    else write.
    """

    provider: Provider
    arrived: Callable[[], list[Arrived]]
    unreachable: Provider
    locked_out: Provider | None = None
    one_id_a_call: bool = False
    writes_itself: frozenset[str] = frozenset()
    carries_images: bool = True
    server: FaultServer | None = None

    def send(self, messages: list[Message]) -> list[Result]:
        """All of them, in calls as large as the service takes."""
        size = largest_call(self.provider.capabilities, messages[0].content)
        calls = [messages[start : start + size] for start in range(0, len(messages), size)]
        return [result for number, call in enumerate(calls) for result in self.provider.send(f"key-{number}", call)]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


NOWHERE = f"http://127.0.0.1:{closed_port()}"


@pytest.fixture
def file_case(tmp_path: Path) -> Case:
    (tmp_path / "taken").write_text("a file where the folder should be")
    new = tmp_path / "outbox" / "new"
    return Case(
        provider=FileProvider(tmp_path / "outbox"),
        arrived=lambda: [from_mail(path.read_bytes()) for path in sorted(new.glob("*.eml"))],
        unreachable=FileProvider(tmp_path / "taken"),
    )


@pytest.fixture
def smtp_case(smtp_server: SmtpServer, smtp: SmtpProvider, open_server: Callable[..., SmtpServer]) -> Iterator[Case]:
    guarded = open_server(accounts=True).port
    with ExitStack() as stack:

        def connect(port: int, password: str) -> SmtpProvider:
            provider = SmtpProvider("127.0.0.1", port, security="none", username=USERNAME, password=password)
            stack.callback(provider.close)
            return provider

        yield Case(
            provider=smtp,
            arrived=lambda: [from_mail(mail.content) for mail in smtp_server.received],
            unreachable=connect(closed_port(), PASSWORD),
            locked_out=connect(guarded, WRONG),
        )


@pytest.fixture
def resend_case(resend_server: ResendServer, resend: ResendProvider) -> Iterator[Case]:
    with (
        closing(ResendProvider(API_KEY, NOWHERE)) as unreachable,
        closing(ResendProvider(WRONG, resend_server.url)) as locked_out,
    ):
        yield Case(
            provider=resend,
            arrived=lambda: [from_resend(mail) for mail in resend_server.accepted],
            server=resend_server,
            unreachable=unreachable,
            locked_out=locked_out,
        )


def ses_with(secret: str, url: str) -> SesProvider:
    credentials = Credentials(access_key_id=ACCESS_KEY_ID, secret_access_key=secret, session_token=WRONG)
    return SesProvider(credentials, REGION, clock=lambda: NOW, base_url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A service that the fault server speaks: how it is opened with a secret at an address, how its mails are read, and
    what of a Case is its own."""

    open: Callable[[str, str], Provider]
    read: Callable[[Mail], Arrived]
    traits: Mapping[str, Any] = field(default_factory=dict)


APIS = {
    "postmark": Api(open=PostmarkProvider, read=from_postmark),
    "ses": Api(open=ses_with, read=lambda mail: from_mail(str(mail["content"]).encode())),
    "mailgun": Api(
        open=lambda secret, url: MailgunProvider(secret, DOMAIN, url), read=from_mailgun, traits={"one_id_a_call": True}
    ),
    "brevo": Api(
        open=lambda secret, url: BrevoProvider(secret, url, tracking_is_off=True),
        read=from_brevo,
        traits={"carries_images": False},
    ),
    "sendgrid": Api(open=SendGridProvider, read=from_sendgrid, traits={"one_id_a_call": True}),
    "mailjet": Api(
        open=lambda secret, url: MailjetProvider(ACCESS_KEY_ID, secret, url),
        read=from_mailjet,
        traits={"writes_itself": frozenset({"List-Id"})},
    ),
}
SERVICES = ["smtp", "resend", *APIS]


@pytest.fixture
def case_of(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Case]]:
    """The case of each service, with servers and connections for as long as the test runs."""
    with ExitStack() as stack:

        def make(service: str) -> Case:
            if service not in APIS:
                made: Case = request.getfixturevalue(f"{service}_case")
                return made
            api, server = APIS[service], request.getfixturevalue("fault_server")
            return Case(
                provider=request.getfixturevalue(service),
                arrived=lambda: [api.read(each.mail) for each in server.journal.accepted],
                unreachable=stack.enter_context(closing(api.open(API_KEY, NOWHERE))),
                locked_out=stack.enter_context(closing(api.open(WRONG, server.url))),
                **api.traits,
            )

        yield make


@pytest.fixture(params=["file", *SERVICES])
def case(request: pytest.FixtureRequest, case_of: Callable[[str], Case]) -> Case:
    return case_of(request.param)


@pytest.fixture(params=SERVICES)
def locked_out(request: pytest.FixtureRequest, case_of: Callable[[str], Case]) -> Provider:
    provider = case_of(request.param).locked_out
    assert provider is not None
    return provider


def test_one_result_a_message_in_order(case: Case, make_message: MakeMessage) -> None:
    """Each message has its own result at its own place, and the service's id for it."""
    messages = [make_message(reader) for reader in ("anna", "bert", "carla")]
    results = case.send(messages)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 3
    ids = {result.provider_message_id for result in results}
    assert len(ids - {None, ""}) == (1 if case.one_id_a_call else 3)
    assert [mail.to[1] for mail in case.arrived()] == [message.to.address for message in messages]


@pytest.mark.parametrize("count", [1, 2])
def test_mail_arrives_exactly(case: Case, make_message: MakeMessage, count: int) -> None:
    """Names, subject, both bodies and the way to unsubscribe arrive as they were, alone and in a batch."""
    message = make_message("anna")
    case.send([message, make_message("bert")][:count])
    assert message.reply_to is not None
    assert case.arrived()[0] == Arrived(
        sender=(message.sender.name, message.sender.address),
        to=(message.to.name, message.to.address),
        reply_to=(message.reply_to.name, message.reply_to.address),
        subject=message.subject,
        text=message.text,
        html=message.html,
        headers=tuple((name, value) for name, value in message.headers if name not in case.writes_itself),
    )


def attachment(attached: Attached) -> Attachment:
    return Attachment(
        content_type=attached.content_type,
        name=attached.name,
        content=attached.content,
        content_id=attached.content_id,
    )


@pytest.mark.parametrize("count", [1, 2])
def test_attachments_arrive_in_every_mail_or_are_refused_in_words(
    case: Case, make_message: MakeMessage, count: int
) -> None:
    """A file and an image that the HTML shows, byte for byte; a service that cannot carry one says so."""
    shown = {"attachments": [attachment(PICTURE), attachment(NOTES)], "html": '<img src="cid:lavender" alt="lavender">'}
    results = case.send([make_message(reader, **shown) for reader in ("anna", "bert")[:count]])
    if case.carries_images:
        assert [set(mail.attached) for mail in case.arrived()] == [{PICTURE, NOTES}] * count
    else:
        assert {result.outcome for result in results} == {Outcome.REJECTED}
        assert f"images within a mail: {PICTURE.name}" in results[0].reason
        assert case.arrived() == []


def test_file_arrives_without_an_image(case: Case, make_message: MakeMessage) -> None:
    """Every service carries a file to keep, and the texts stay what they were."""
    message = make_message("anna", attachments=[attachment(NOTES)])
    case.send([message])
    (arrived,) = case.arrived()
    assert (arrived.attached, arrived.html, arrived.text) == ((NOTES,), message.html, message.text)


def test_more_mails_with_attachments_than_a_call_takes_are_refused_before_anything_leaves(
    case: Case, make_message: MakeMessage
) -> None:
    """Where a batch cannot carry them, as many as it can are asked for."""
    limit = case.provider.capabilities.attached_batch
    if limit >= 100:
        pytest.skip(f"{case.provider.name} takes as many with attachments as without, or nearly.")
    messages = [make_message(f"reader-{number}", attachments=[attachment(NOTES)]) for number in range(limit + 1)]
    with pytest.raises(InputError, match=f"at most {limit}"):
        case.provider.send("key-1", messages)
    assert case.arrived() == []


def test_calls_are_planned_by_number_and_by_weight(case: Case, make_message: MakeMessage) -> None:
    """As many mails go in a call as the service takes, fewer where they are heavy, and always one."""
    capabilities = case.provider.capabilities
    light, heavy = make_message("anna").content, make_message("anna", html="x" * 4_000_000).content
    assert largest_call(capabilities, light) == capabilities.batch
    planned = largest_call(capabilities, heavy)
    most = capabilities.most_bytes
    assert planned * 4_000_000 < most if most is not None else planned == capabilities.batch
    assert largest_call(capabilities, light.carrying(attachment(NOTES))) <= max(1, capabilities.attached_batch)


def test_what_is_too_heavy_for_one_call_waits_for_the_next(case: Case, make_message: MakeMessage) -> None:
    """However the calls were planned, no call is larger than the service takes, and nobody is lost."""
    most = case.provider.capabilities.most_bytes
    if most is None:
        pytest.skip(f"{case.provider.name} limits no call by its bytes.")
    count = min(4, case.provider.capabilities.batch)
    messages = [make_message(f"reader-{number}", html="x" * (most // 3)) for number in range(count)]
    results = case.provider.send("key-1", messages)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 2 + [Outcome.NOT_SENT] * (count - 2)
    assert len(case.arrived()) == 2


def test_unwritable_message_does_not_hold_up_the_others(case: Case, make_message: MakeMessage) -> None:
    """A message that would forge a header is rejected by us, with the reason; its neighbours go out."""
    messages = [make_message("anna"), make_message("bert", subject="x\r\nBcc: all@evil.example"), make_message("carla")]
    results = case.send(messages)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert "control character" in results[1].reason
    assert len(case.arrived()) == 2


def test_only_unwritable_messages_are_all_rejected(case: Case, make_message: MakeMessage) -> None:
    """With nothing left to send, every message still has its result."""
    results = case.provider.send("key-1", [make_message("anna", subject="\n")])
    assert [result.outcome for result in results] == [Outcome.REJECTED]


def test_more_than_a_batch_is_refused_before_anything_leaves(case: Case, make_message: MakeMessage) -> None:
    """The batch of the capabilities is a promise in both directions."""
    limit = case.provider.capabilities.batch
    messages = [make_message(f"reader-{number}") for number in range(limit + 1)]
    with pytest.raises(InputError, match=f"at most {limit}"):
        case.provider.send("key-1", messages)
    assert case.arrived() == []
    assert len(case.provider.send("key-2", messages[:limit])) == limit
    assert len(case.arrived()) == limit


def test_same_key_never_doubles_a_mail(case: Case, make_message: MakeMessage) -> None:
    """Where a service knows our keys, or knows each mail for certain, calling again changes nothing."""
    if case.provider.capabilities.replay is None and case.provider.capabilities.look_up is not LookUp.CERTAIN:
        pytest.skip(f"{case.provider.name} cannot tell a repeated mail.")
    messages = [make_message("anna"), make_message("bert")]
    first = case.provider.send("key-1", messages)
    assert case.provider.send("key-1", messages) == first
    assert len(case.arrived()) == 2


def test_nothing_left_is_never_in_doubt(case: Case, make_message: MakeMessage) -> None:
    """Where the service was not even reached, the mail waits: neither in doubt nor refused for good."""
    with pytest.raises(ProviderError) as caught:
        case.unreachable.send("key-1", [make_message("anna"), make_message("bert")][: case.provider.capabilities.batch])
    assert not caught.value.in_doubt
    assert not caught.value.permanent
    assert caught.value.remedy


def test_wrong_secret_loses_no_mail(locked_out: Provider, make_message: MakeMessage) -> None:
    """A wrong password is ours to mend: the mail waits, and the error names the setting."""
    with pytest.raises(ProviderError, match="AFTERGLOW_") as caught:
        locked_out.send("key-1", [make_message("anna"), make_message("bert")][: locked_out.capabilities.batch])
    assert not caught.value.in_doubt
    assert not caught.value.permanent


def test_secret_is_never_shown(locked_out: Provider, make_message: MakeMessage) -> None:
    """Neither the error, nor what caused it, nor the provider itself shows the secret, even when the service does."""
    with pytest.raises(ProviderError) as caught:
        locked_out.send("key-1", [make_message("anna")])
    causes = [caught.value, caught.value.__cause__, caught.value.__context__, locked_out]
    assert all(WRONG not in f"{one} {one!r}" for one in causes)


def test_look_up_says_no_more_than_it_knows(case: Case, make_message: MakeMessage) -> None:
    """Without look-up it is UNKNOWN; "accepted" takes POSITIVE, and "never seen" takes CERTAIN."""
    sent, unsent = make_message("anna"), make_message("bert")
    case.provider.send("key-1", [sent])
    found = tuple(case.provider.look_up(message).outcome for message in (sent, unsent))
    known = {
        LookUp.NONE: (Outcome.UNKNOWN, Outcome.UNKNOWN),
        LookUp.POSITIVE: (Outcome.ACCEPTED, Outcome.UNKNOWN),
        LookUp.CERTAIN: (Outcome.ACCEPTED, Outcome.NOT_SENT),
    }
    assert found == known[case.provider.capabilities.look_up]


def test_look_up_after_a_batch_gives_the_same_id(case: Case, make_message: MakeMessage) -> None:
    """A mail that is found has the id that its call would have told."""
    if case.provider.capabilities.look_up is LookUp.NONE:
        pytest.skip(f"{case.provider.name} cannot be asked.")
    messages = [make_message(reader) for reader in ("anna", "bert")]
    results = case.send(messages)
    assert [case.provider.look_up(message) for message in messages] == results


def test_suppressed_addresses_are_all_told_with_their_reason(case: Case, fault_server: FaultServer) -> None:
    """Page by page, since the moment that was asked for; a service without such a list does not pretend to have one."""
    provider = case.provider
    if not isinstance(provider, SuppressionList):
        pytest.skip(f"{case.provider.name} shows no list of whom it does not write to.")
    server = case.server or fault_server
    server.refused |= {f"reader-{number:04}@client.example" for number in range(2_050)}
    listed = list(provider.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))
    assert {each.address for each in listed} == server.refused
    assert len(listed) == 2_050
    assert {each.reason for each in listed} <= {Reason.HARD_BOUNCE, Reason.UNSUBSCRIBE}
    assert all(each.at is not None and each.at.tzinfo is not None for each in listed)


def test_close_may_be_called_twice(case: Case, make_message: MakeMessage) -> None:
    """Closing is safe before, after and between."""
    case.provider.close()
    case.provider.send("key-1", [make_message("anna")])
    case.provider.close()
    case.provider.close()


def test_no_messages_are_no_call(case: Case) -> None:
    """An empty call has an empty answer."""
    assert case.provider.send("key-1", []) == ()


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "smtp"])
def test_stream_stays_with_us(request: pytest.FixtureRequest, make_message: MakeMessage, service: str) -> None:
    """That a mail is about somebody's care is told to no service, in no field of ours."""
    server: FaultServer = request.getfixturevalue("resend_server" if service == "resend" else "fault_server")
    provider: Provider = request.getfixturevalue(service)
    provider.send("key-1", [make_message("anna")])
    told = f"{server.requests} {[each.mail for each in server.journal.accepted]}"
    assert "care" not in told.lower()
