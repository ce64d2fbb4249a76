"""What every mail service keeps to, whatever it is."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import cast

import pytest

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.base import LookUp, Provider
from newsletter.providers.file import FileProvider
from newsletter.providers.resend import ResendProvider
from newsletter.providers.smtp import SmtpProvider
from tests.providers.resend_server import API_KEY, ResendServer
from tests.providers.smtp_server import PASSWORD, USERNAME, SmtpServer

MakeMessage = Callable[..., Message]
WRONG = "re_WrongSecret456"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One mail as its reader's program shows it."""

    sender: tuple[str, str]
    to: tuple[str, str]
    reply_to: tuple[str, str]
    subject: str
    text: str
    html: str
    unsubscribe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A provider that works, what arrived by it, one that reaches nothing, and one whose secret is wrong."""

    provider: Provider
    arrived: Callable[[], list[Arrived]]
    unreachable: Provider
    locked_out: Provider | None = None


def mailbox(written: str) -> tuple[str, str]:
    name, address = parseaddr(written.replace("\r\n", ""))
    return str(make_header(decode_header(name))), address


def from_mail(content: bytes) -> Arrived:
    mail = message_from_bytes(content, policy=policy.default)
    raw = message_from_bytes(content, policy=policy.compat32)
    text, html = (cast(bytes, part.get_payload(decode=True)).decode() for part in mail.iter_parts())
    return Arrived(
        sender=mailbox(raw["From"]),
        to=mailbox(raw["To"]),
        reply_to=mailbox(raw["Reply-To"]),
        subject=mail["Subject"],
        text=text,
        html=html,
        unsubscribe=raw["List-Unsubscribe"],
    )


def from_json(mail: dict[str, object]) -> Arrived:
    headers = cast(dict[str, str], mail["headers"])
    return Arrived(
        sender=mailbox(str(mail["from"])),
        to=mailbox(cast(list[str], mail["to"])[0]),
        reply_to=mailbox(cast(list[str], mail["reply_to"])[0]),
        subject=str(mail["subject"]),
        text=str(mail["text"]),
        html=str(mail["html"]),
        unsubscribe=headers["List-Unsubscribe"],
    )


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
        closing(ResendProvider(API_KEY, f"http://127.0.0.1:{closed_port()}")) as unreachable,
        closing(ResendProvider(WRONG, resend_server.url)) as locked_out,
    ):
        yield Case(
            provider=resend,
            arrived=lambda: [from_json(mail) for mail in resend_server.accepted],
            unreachable=unreachable,
            locked_out=locked_out,
        )


@pytest.fixture(params=["file", "smtp", "resend"])
def case(request: pytest.FixtureRequest) -> Case:
    case: Case = request.getfixturevalue(f"{request.param}_case")
    return case


@pytest.fixture(params=["smtp", "resend"])
def locked_out(request: pytest.FixtureRequest) -> Provider:
    case: Case = request.getfixturevalue(f"{request.param}_case")
    assert case.locked_out is not None
    return case.locked_out


def test_one_result_a_message_in_order(case: Case, make_message: MakeMessage) -> None:
    """Each message has its own result at its own place, and the service's id for it."""
    messages = [make_message(reader) for reader in ("anna", "bert", "carla")]
    results = case.provider.send("key-1", messages)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 3
    assert len({result.provider_message_id for result in results}) == 3
    assert [mail.to[1] for mail in case.arrived()] == [message.to.address for message in messages]


@pytest.mark.parametrize("count", [1, 2])
def test_mail_arrives_exactly(case: Case, make_message: MakeMessage, count: int) -> None:
    """Names, subject, both bodies and the way to unsubscribe arrive as they were, alone and in a batch."""
    message = make_message("anna")
    case.provider.send("key-1", [message, make_message("bert")][:count])
    assert message.reply_to is not None
    assert case.arrived()[0] == Arrived(
        sender=(message.sender.name, message.sender.address),
        to=(message.to.name, message.to.address),
        reply_to=(message.reply_to.name, message.reply_to.address),
        subject=message.subject,
        text=message.text,
        html=message.html,
        unsubscribe="<https://studio.example/u/anna>",
    )


def test_unwritable_message_does_not_hold_up_the_others(case: Case, make_message: MakeMessage) -> None:
    """A message that would forge a header is rejected by us, with the reason; its neighbours go out."""
    messages = [make_message("anna"), make_message("bert", subject="x\r\nBcc: all@evil.example"), make_message("carla")]
    results = case.provider.send("key-1", messages)
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
    """Where a service can replay a call or look a mail up, calling again changes nothing."""
    if case.provider.capabilities.replay is None and case.provider.capabilities.look_up is LookUp.NONE:
        pytest.skip(f"{case.provider.name} cannot tell a repeated mail.")
    messages = [make_message("anna"), make_message("bert")]
    first = case.provider.send("key-1", messages)
    assert case.provider.send("key-1", messages) == first
    assert len(case.arrived()) == 2


def test_nothing_left_is_never_in_doubt(case: Case, make_message: MakeMessage) -> None:
    """Where the service was not even reached, the mail waits: neither in doubt nor refused for good."""
    with pytest.raises(ProviderError) as caught:
        case.unreachable.send("key-1", [make_message("anna"), make_message("bert")])
    assert not caught.value.in_doubt
    assert not caught.value.permanent
    assert caught.value.remedy


def test_wrong_secret_loses_no_mail(locked_out: Provider, make_message: MakeMessage) -> None:
    """A wrong password is ours to mend: the mail waits, and the error names the setting."""
    with pytest.raises(ProviderError, match="AFTERGLOW_") as caught:
        locked_out.send("key-1", [make_message("anna"), make_message("bert")])
    assert not caught.value.in_doubt
    assert not caught.value.permanent


def test_secret_is_never_shown(locked_out: Provider, make_message: MakeMessage) -> None:
    """Neither the error, nor what caused it, nor the provider itself shows the secret, even when the service does."""
    with pytest.raises(ProviderError) as caught:
        locked_out.send("key-1", [make_message("anna")])
    causes = [caught.value, caught.value.__cause__, caught.value.__context__, locked_out]
    assert all(WRONG not in f"{one} {one!r}" for one in causes)


def test_look_up_says_no_more_than_it_knows(case: Case, make_message: MakeMessage) -> None:
    """A service without look-up answers UNKNOWN; one that is certain knows both answers."""
    sent, unsent = make_message("anna"), make_message("bert")
    case.provider.send("key-1", [sent])
    found = [case.provider.look_up(message).outcome for message in (sent, unsent)]
    certain = case.provider.capabilities.look_up is LookUp.CERTAIN
    assert found == ([Outcome.ACCEPTED, Outcome.NOT_SENT] if certain else [Outcome.UNKNOWN] * 2)


def test_close_may_be_called_twice(case: Case, make_message: MakeMessage) -> None:
    """Closing is safe before, after and between."""
    case.provider.close()
    case.provider.send("key-1", [make_message("anna")])
    case.provider.close()
    case.provider.close()


def test_no_messages_are_no_call(case: Case) -> None:
    """An empty call has an empty answer."""
    assert case.provider.send("key-1", []) == ()


def test_stream_stays_with_us(resend_server: ResendServer, resend: ResendProvider, make_message: MakeMessage) -> None:
    """That a mail is about somebody's care is told to no service, in no field of ours."""
    resend.send("key-1", [make_message("anna")])
    (request,) = resend_server.requests
    assert "care" not in json.dumps(json.loads(request.body))
    assert "care" not in str(request.headers)
