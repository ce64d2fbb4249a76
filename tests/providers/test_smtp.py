"""SMTP says of each mail what the server said, and never guesses."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import ProviderError
from newsletter.providers.smtp import SmtpProvider
from newsletter.rendering.mime import encode
from tests.providers.smtp_server import PASSWORD, USERNAME, SmtpServer, client_context

MakeMessage = Callable[..., Message]
OpenServer = Callable[..., SmtpServer]
A, R, N, U = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NOT_SENT, Outcome.UNKNOWN


@pytest.fixture
def three(make_message: MakeMessage) -> list[Message]:
    return [make_message(reader) for reader in ("anna", "bert", "carla")]


@pytest.fixture
def connect() -> Iterator[Callable[..., SmtpProvider]]:
    """A provider with other settings than usual, closed at the end."""
    with ExitStack() as stack:

        def open_provider(port: int, **settings: object) -> SmtpProvider:
            standard: dict[str, object] = {"security": "none", "timeout": 5, "tls": client_context()}
            provider = SmtpProvider("127.0.0.1", port, **standard | settings)  # type: ignore[arg-type]  # by name
            stack.callback(provider.close)
            return provider

        yield open_provider


def outcomes(provider: SmtpProvider, messages: list[Message]) -> list[Outcome]:
    return [result.outcome for result in provider.send("key", messages)]


def test_content_and_envelope_arrive_byte_for_byte(
    smtp: SmtpProvider, smtp_server: SmtpServer, make_message: MakeMessage
) -> None:
    """Lines of dots survive, and international domains travel as ASCII."""
    message = make_message("anna", to=Mailbox(address="anna@bücher.example"))
    smtp.send("key", [message])
    (received,) = smtp_server.received
    assert received.content == encode(message)
    assert (received.sender, received.recipient) == ("mara@studio.example", "anna@xn--bcher-kva.example")


def test_one_connection_is_kept(smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message]) -> None:
    """Calls share their connection."""
    for message in three:
        smtp.send("key", [message])
    assert smtp_server.connections == 1


def test_stale_connection_is_replaced(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], three: list[Message]
) -> None:
    """A server that hung up in the meantime is called again, and nobody notices."""
    server = open_server()
    provider = connect(server.port)
    assert outcomes(provider, three[:1]) == [A]
    server.hang_up()
    assert outcomes(provider, three[1:]) == [A, A]
    assert server.connections == 2


def test_commands_go_in_one_packet_where_the_server_allows(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], make_message: MakeMessage
) -> None:
    """Pipelined, over one connection, every mail arrives in its own envelope."""
    server = open_server(pipelining=True)
    messages = [make_message(f"reader-{number}") for number in range(20)]
    assert outcomes(connect(server.port), messages) == [A] * 20
    assert [mail.recipient for mail in server.received] == [message.to.address for message in messages]
    assert server.received[3].content == encode(messages[3])
    assert server.connections == 1


@pytest.mark.parametrize("data", ["", "354 go ahead all the same"])
@pytest.mark.parametrize(("reply", "outcome"), [("550 5.1.1 no such user", R), ("451 4.7.1 greylisted", N)])
def test_refused_reader_gets_no_mail_though_data_was_asked_for_with_her(
    open_server: OpenServer,
    connect: Callable[..., SmtpProvider],
    three: list[Message],
    reply: str,
    outcome: Outcome,
    data: str,
) -> None:
    """DATA leaves with RCPT: a server that waits for a mail to nobody gets an empty one, and the session goes on."""
    server = open_server(pipelining=True)
    server.faults |= {"RCPT bert@client.example": reply} | ({"DATA": data} if data else {})
    provider = connect(server.port)
    assert outcomes(provider, three[1:2]) == [outcome]
    server.faults.clear()
    assert outcomes(provider, three[2:]) == [A]
    assert [mail.recipient for mail in server.received] == ["carla@client.example"]
    assert server.connections == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_pipelined_server_that_asks_to_slow_down_is_heard(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], three: list[Message], command: str
) -> None:
    """Nothing is awaited after 421."""
    server = open_server(pipelining=True)
    server.faults[command] = "421 too fast"
    with pytest.raises(ProviderError, match="too fast") as caught:
        connect(server.port).send("key", three)
    assert caught.value.retry_after == timedelta(minutes=1)


def test_mail_larger_than_the_server_takes_is_rejected_unsent(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], make_message: MakeMessage
) -> None:
    """What the server announced is kept to, and the reason holds both sizes."""
    server = open_server(size=9_000)
    results = connect(server.port).send("key", [make_message("anna", text="x" * 20_000), make_message("bert")])
    assert [result.outcome for result in results] == [R, A]
    assert "9000" in results[0].reason


@pytest.mark.parametrize("command", ["RCPT", "DATA", "END"])
@pytest.mark.parametrize(("reply", "outcome"), [("550 5.1.1 no such user", R), ("451 4.7.1 greylisted", N)])
def test_refusal_is_one_mails_own(
    smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message], command: str, reply: str, outcome: Outcome
) -> None:
    """5yz rejects, 4yz asks to try again, wherever it is said; the others go out over the same connection."""
    smtp_server.faults[f"{command} bert@client.example"] = reply
    results = smtp.send("key", three)
    assert [result.outcome for result in results] == [A, outcome, A]
    assert reply in results[1].reason
    assert smtp_server.connections == 1


def test_connection_lost_before_the_content_is_not_sent(
    smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message]
) -> None:
    """Before DATA nothing can have been accepted; earlier mails keep their result."""
    smtp_server.faults["RCPT bert@client.example"] = "drop"
    assert outcomes(smtp, three) == [A, N, N]


def test_connection_lost_within_the_content_is_not_sent(
    smtp: SmtpProvider, smtp_server: SmtpServer, make_message: MakeMessage
) -> None:
    """Without its final dot, a server must not take a mail."""
    smtp_server.faults["DATA bert@client.example"] = "drop after 354"
    large = make_message("bert", text="x" * 16_000_000)
    assert outcomes(smtp, [make_message("anna"), large, make_message("carla")]) == [A, N, N]


@pytest.mark.parametrize("fault", ["drop", "silence"])
def test_lost_answer_to_the_dot_is_unknown(
    connect: Callable[..., SmtpProvider], smtp_server: SmtpServer, three: list[Message], fault: str
) -> None:
    """Once the dot has left, only the answer counts: without it the mail is unknown, and the rest not sent."""
    smtp_server.faults["END bert@client.example"] = fault
    assert outcomes(connect(smtp_server.port, timeout=0.3), three) == [A, U, N]
    assert [mail.recipient for mail in smtp_server.received] == ["anna@client.example", "bert@client.example"]


def test_after_a_lost_answer_the_next_call_works(
    smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message]
) -> None:
    """A new call makes a new connection."""
    smtp_server.faults["END anna@client.example"] = "drop"
    assert outcomes(smtp, three[:1]) == [U]
    assert outcomes(smtp, three[1:]) == [A, A]


def test_senseless_answer_to_the_dot_is_unknown(
    smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message]
) -> None:
    """An answer that is none decides nothing."""
    smtp_server.faults["END anna@client.example"] = "what?"
    assert outcomes(smtp, three[:1]) == [U]


@pytest.mark.parametrize(
    ("command", "reply"), [("MAIL", "421 too fast"), ("RCPT", "421 busy"), ("MAIL", "454 4.7.0 throttled")]
)
def test_server_that_asks_to_slow_down_is_heard(
    smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message], command: str, reply: str
) -> None:
    """Throttling is said with how long to wait, never counted against a mail."""
    smtp_server.faults[command] = reply
    with pytest.raises(ProviderError, match=reply[4:]) as caught:
        smtp.send("key", three)
    assert caught.value.retry_after == timedelta(minutes=1)
    assert not caught.value.in_doubt


def test_throttling_midway_leaves_the_rest_for_later(
    smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message]
) -> None:
    """What was accepted stays accepted."""
    smtp_server.faults["RCPT bert@client.example"] = "421 4.7.0 enough for now"
    assert outcomes(smtp, three) == [A, N, N]


def test_refused_sender_loses_no_mail(smtp: SmtpProvider, smtp_server: SmtpServer, three: list[Message]) -> None:
    """That the sender is refused is no fault of the readers: all mail waits, and the error names the sender."""
    smtp_server.faults["MAIL"] = "553 5.7.1 not your address"
    with pytest.raises(ProviderError, match=r"mara@studio\.example") as caught:
        smtp.send("key", three)
    assert not caught.value.permanent


def test_server_that_wants_a_password_is_said_so(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], three: list[Message]
) -> None:
    """Without a name and password where they are needed, the mail waits and the settings are named."""
    with pytest.raises(ProviderError, match="AFTERGLOW_SMTP_PASSWORD"):
        connect(open_server(accounts=True).port).send("key", three)


def test_password_is_accepted(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], three: list[Message]
) -> None:
    """With the right name and password the mail goes out."""
    provider = connect(open_server(accounts=True).port, username=USERNAME, password=PASSWORD)
    assert outcomes(provider, three) == [A, A, A]


def test_password_beyond_ascii_is_refused_unseen(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], three: list[Message]
) -> None:
    """A password that SMTP cannot carry is said to be so, without showing a letter of it."""
    provider = connect(open_server(accounts=True).port, username=USERNAME, password="geheimnüs")
    with pytest.raises(ProviderError, match="ASCII") as caught:
        provider.send("key", three)
    assert "geheim" not in f"{caught.value!r} {caught.value.__context__!r}"


@pytest.mark.parametrize(("security", "options"), [("starttls", {"starttls": True}), ("tls", {"implicit_tls": True})])
def test_mail_travels_encrypted(
    open_server: OpenServer,
    connect: Callable[..., SmtpProvider],
    three: list[Message],
    security: str,
    options: dict[str, bool],
) -> None:
    """Both ways of TLS work, with a certificate that is trusted."""
    assert outcomes(connect(open_server(**options).port, security=security), three) == [A, A, A]


@pytest.mark.parametrize(("security", "options"), [("starttls", {"starttls": True}), ("tls", {"implicit_tls": True})])
def test_untrusted_certificate_is_refused(
    open_server: OpenServer,
    connect: Callable[..., SmtpProvider],
    three: list[Message],
    security: str,
    options: dict[str, bool],
) -> None:
    """A certificate that nobody vouches for gets neither mail nor password."""
    server = open_server(**options)
    with pytest.raises(ProviderError, match="certificate") as caught:
        connect(server.port, security=security, tls=None, username=USERNAME, password=PASSWORD).send("key", three)
    assert not caught.value.in_doubt


def test_no_starttls_is_no_mail(
    smtp_server: SmtpServer, connect: Callable[..., SmtpProvider], three: list[Message]
) -> None:
    """Where encryption was asked for and is not offered, nothing is sent in the clear."""
    with pytest.raises(ProviderError, match="STARTTLS"):
        connect(smtp_server.port, security="starttls").send("key", three)
    assert smtp_server.received == []


def test_address_the_server_cannot_write_is_rejected(
    smtp: SmtpProvider, smtp_server: SmtpServer, make_message: MakeMessage
) -> None:
    """Letters beyond ASCII before the @ need SMTPUTF8; without it the reason is plain."""
    (result,) = smtp.send("key", [make_message("anna", to=Mailbox(address="zoë@client.example"))])
    assert result.outcome is R
    assert "zoë@client.example" in result.reason
    assert smtp_server.received == []


def test_address_beyond_ascii_is_written_where_the_server_can(
    open_server: OpenServer, connect: Callable[..., SmtpProvider], make_message: MakeMessage
) -> None:
    """With SMTPUTF8 the address arrives as it is."""
    server = open_server(international=True)
    message = make_message("anna", to=Mailbox(address="zoë@client.example"))
    assert outcomes(connect(server.port), [message]) == [A]
    assert server.received[0].recipient == "zoë@client.example"


def test_greeting_that_is_none_leaves_the_mail_waiting(
    connect: Callable[..., SmtpProvider], three: list[Message]
) -> None:
    """Something else that listens on the port is not a mail server, and gets no mail."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        provider = connect(listener.getsockname()[1], timeout=0.2)
        with pytest.raises(ProviderError, match="AFTERGLOW_SMTP_HOST") as caught:
            provider.send("key", three)
    assert not caught.value.in_doubt
