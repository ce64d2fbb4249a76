"""Any mail server, by SMTP: one connection kept open, one message after another.

smtplib's own `sendmail` does not tell whether a lost connection had already carried the message. So its commands are
given here one by one: until the dot that ends DATA has left, the server cannot have accepted anything (RFC 5321,
section 4.1.1.4); once it may have left, only the server's answer says what became of the mail.
"""

import contextlib
import smtplib
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.base import Capabilities, require_batch
from newsletter.providers.wording import tidy
from newsletter.rendering.mime import ascii_address, encode, is_international

Security = Literal["starttls", "tls", "none"]

_PAUSE = timedelta(minutes=1)  # SMTP has no Retry-After; a minute is what busy servers count their limits by
_GO_AHEAD = 354  # "start mail input"
_CLOSING = 421  # RFC 5321 section 4.2.2: the server closes the connection, mostly to slow us down
_CREDENTIAL_CODES = frozenset({530, 534, 535, 538})  # RFC 4954 section 6: signing in is required, or has failed
_CREDENTIALS = "Correct AFTERGLOW_SMTP_USERNAME and AFTERGLOW_SMTP_PASSWORD; the mail waits."
_SERVER = "Check AFTERGLOW_SMTP_HOST, AFTERGLOW_SMTP_PORT and AFTERGLOW_SMTP_SECURITY; the mail waits."

_Reply = tuple[int, bytes]
_Sign = Callable[[bytes], bytes]


class SmtpProvider:
    """`timeout` in seconds is for each step. `tls` takes the place of the system's certificate authorities.

    `sign` puts a signature before each mail (newsletter.providers.dkim_signature). Without a `username` it does not
    sign in. It never falls back from STARTTLS to a plain connection.
    """

    name = "smtp"
    capabilities = Capabilities(batch=20, attached_batch=20)

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = "starttls",
        username: str = "",
        password: str = "",
        timeout: float = 60.0,
        tls: ssl.SSLContext | None = None,
        sign: _Sign | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._username = username
        self._password = password
        self._timeout = timeout
        self._tls = tls
        self._sign = sign
        self._connection: smtplib.SMTP | None = None

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - SMTP knows no keys
        """One after another; the first that is lost on the way ends the call, and the rest are not sent.

        Raises ProviderError, never in doubt, where not even the first message has an outcome of its own.
        """
        require_batch(self, messages)
        results: list[Result] = []
        reason = "The mail server was not asked: the connection ended at an earlier mail."
        try:
            connection = self._ready_connection()
            for message in messages:
                results.append(_deliver(connection, message, self._sign))
                if results[-1].outcome is Outcome.UNKNOWN:
                    self.close()
                    break
        except ProviderError as fault:
            self.close()
            if not results:
                raise
            reason = str(fault)
        missing = len(messages) - len(results)
        return (*results, *[Result(outcome=Outcome.NOT_SENT, reason=reason)] * missing)

    def greet(self) -> None:
        """Connects and signs in, as for a mail, and sends nothing. Raises ProviderError."""
        self._ready_connection()

    def look_up(self, message: Message) -> Result:  # noqa: ARG002
        """SMTP cannot say what became of a message."""
        return Result(outcome=Outcome.UNKNOWN, reason="A mail server cannot be asked what became of a mail.")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):  # SMTPException is an OSError
                connection.quit()
            connection.close()

    def _ready_connection(self) -> smtplib.SMTP:
        """The open connection if the server still answers on it: servers hang up on idle clients."""
        if self._connection is not None and not _answers(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> smtplib.SMTP:
        tls = self._tls or ssl.create_default_context()
        try:
            connection = self._greeted(tls)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot exist
            raise self._connection_fault(error) from error
        try:
            # The dot goes out by itself, and must not wait for the server to confirm what came before (Nagle).
            if connection.sock is not None:
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._security == "starttls":
                connection.starttls(context=tls)
            connection.ehlo_or_helo_if_needed()
            self._sign_in(connection)
        except ProviderError:
            connection.close()
            raise
        except OSError as error:
            connection.close()
            raise self._connection_fault(error) from error
        return connection

    def _greeted(self, tls: ssl.SSLContext) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=tls)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _sign_in(self, connection: smtplib.SMTP) -> None:
        """The server's own words are left out: some echo the command, and with it the password."""
        if not self._username:
            return
        server = f"The mail server {self._host}"
        if not (self._username.isascii() and self._password.isascii()):
            # smtplib would fail too, with an error that holds the password.
            raise ProviderError(f"{server} takes only ASCII in name and password.", _CREDENTIALS)
        try:
            connection.login(self._username, self._password)
        except smtplib.SMTPAuthenticationError as error:
            if _is_temporary(error.smtp_code):
                raise ProviderError(f"{server} cannot check passwords just now.", retry_after=_PAUSE) from None
            raise ProviderError(
                f"{server} refused the name or the password ({error.smtp_code}).", _CREDENTIALS
            ) from None
        except (smtplib.SMTPServerDisconnected, TimeoutError):
            raise
        except smtplib.SMTPException:
            raise ProviderError(f"{server} offers no way to sign in.", _SERVER) from None

    def _connection_fault(self, error: Exception) -> ProviderError:
        """Whatever went wrong before the first command of a mail: nothing left, and the mail waits."""
        server = f"The mail server {self._host}, port {self._port},"
        match error:
            case ssl.SSLCertVerificationError():
                return ProviderError(f"{server} has no valid certificate: {error.verify_message}.", _SERVER)
            case ssl.SSLError():
                return ProviderError(f"{server} does not speak TLS as it should: {error.reason}.", _SERVER)
            case smtplib.SMTPNotSupportedError():
                return ProviderError(f"{server} does not offer STARTTLS.", _SERVER)
            case smtplib.SMTPResponseException():
                said = _said((error.smtp_code, error.smtp_error))
                pause = _PAUSE if _is_temporary(error.smtp_code) else None
                return ProviderError(f"{server} does not take mail now: {said}.", _SERVER, retry_after=pause)
            case smtplib.SMTPException():
                return ProviderError(f"{server} hung up.", _SERVER)
            case _:
                return ProviderError(f"{server} cannot be reached: {error}.", _SERVER)


def _deliver(connection: smtplib.SMTP, message: Message, sign: _Sign | None) -> Result:
    """Raises ProviderError, never in doubt, where the whole connection or the sender is at fault."""
    try:
        content = encode(message)
    except InputError as error:
        return Result(outcome=Outcome.REJECTED, reason=str(error))
    if is_international(message) and not connection.has_extn("smtputf8"):
        return Result(
            outcome=Outcome.REJECTED,
            reason=f"The mail server cannot write to {message.to.address}: it takes only ASCII before the @.",
        )
    if len(content) > _largest(connection):
        return Result(
            outcome=Outcome.REJECTED,
            reason=f"The mail has {len(content)} bytes; the mail server takes {_largest(connection)}.",
        )
    try:
        refusal = _open_envelope(connection, message)
        if refusal is not None:
            return refusal
        connection.send(_dot_stuffed(content if sign is None else sign(content)))
    except OSError as error:  # SMTPException is an OSError
        raise ProviderError("The connection to the mail server was lost before the mail had left.") from error
    return _finish(connection, message)


def _open_envelope(connection: smtplib.SMTP, message: Message) -> Result | None:
    """MAIL, RCPT and DATA: None once the server waits for the content, else what it answered instead."""
    ask = _pipelined if connection.has_extn("pipelining") else _one_by_one
    sender, recipient, data = ask(connection, message)
    if _is_positive(recipient[0]) and data[0] == _GO_AHEAD:
        return None
    reply = next(each for each in (sender, recipient, data) if each is data or not _is_positive(each[0]))
    _require_service(reply)
    with contextlib.suppress(OSError):  # the refusal stands, even if the connection does not
        if data[0] == _GO_AHEAD:  # it waits for a mail to nobody: it gets an empty one, and refuses that
            connection.docmd(".")
        connection.rset()
    if reply is sender:
        raise _sender_fault(message, reply)
    return _refusal(reply)


def _one_by_one(connection: smtplib.SMTP, message: Message) -> tuple[_Reply, _Reply, _Reply]:
    """What is not asked any more has the answer of what was refused before it."""
    options = ("SMTPUTF8",) if is_international(message) else ()
    sender = connection.mail(ascii_address(message.sender.address), options)
    recipient = connection.rcpt(ascii_address(message.to.address)) if _is_positive(sender[0]) else sender
    data = connection.docmd("DATA") if _is_positive(recipient[0]) else recipient
    return sender, recipient, data


def _pipelined(connection: smtplib.SMTP, message: Message) -> tuple[_Reply, _Reply, _Reply]:
    """The three commands in one go (RFC 2920), and their answers: a third of the waiting."""
    options = " SMTPUTF8" if is_international(message) else ""
    sender, recipient = ascii_address(message.sender.address), ascii_address(message.to.address)
    connection.send(f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode())
    replies: list[_Reply] = []
    while len(replies) < 3:
        replies.append(connection.getreply())
        if replies[-1][0] == _CLOSING:  # nothing comes after it
            replies += replies[-1:] * (3 - len(replies))
    return replies[0], replies[1], replies[2]


def _finish(connection: smtplib.SMTP, message: Message) -> Result:
    """The dot that hands the mail over. From here on the server may have it, whatever happens to the connection."""
    try:
        connection.send(b".\r\n")
        reply = connection.getreply()
    except OSError:
        return Result(outcome=Outcome.UNKNOWN, reason="The connection was lost before the mail server had answered.")
    if _is_positive(reply[0]):
        return Result(outcome=Outcome.ACCEPTED, provider_message_id=message.message_id)
    return _refusal(reply)


def _refusal(reply: _Reply) -> Result:
    """4yz asks to try again, 5yz refuses for good (RFC 5321, section 4.2.1); anything else says nothing."""
    if _is_temporary(reply[0]):
        return Result(outcome=Outcome.NOT_SENT, reason=_said(reply))
    if _is_permanent(reply[0]):
        return Result(outcome=Outcome.REJECTED, reason=_said(reply))
    return Result(outcome=Outcome.UNKNOWN, reason=f"The mail server's answer makes no sense: {_said(reply)}.")


def _sender_fault(message: Message, reply: _Reply) -> ProviderError:
    """MAIL says nothing of the recipient: it is we who are refused, and no mail may be lost for it."""
    if _is_temporary(reply[0]):
        return ProviderError(f"The mail server asks to wait: {_said(reply)}.", retry_after=_PAUSE)
    return ProviderError(
        f"The mail server refuses the sender {message.sender.address}: {_said(reply)}.",
        "Use a sender that belongs to this mail server's account; the mail waits.",
    )


def _require_service(reply: _Reply) -> None:
    if reply[0] == _CLOSING:
        raise ProviderError(f"The mail server asks to wait: {_said(reply)}.", retry_after=_PAUSE)
    if reply[0] in _CREDENTIAL_CODES:
        raise ProviderError(f"The mail server wants us to sign in ({reply[0]}).", _CREDENTIALS)


def _largest(connection: smtplib.SMTP) -> int:
    """Bytes, by what the server announced (RFC 1870); no limit where it did not, or announced 0."""
    announced = connection.esmtp_features.get("size", "")
    return int(announced) if announced.isascii() and announced.isdigit() and int(announced) else sys.maxsize


def _answers(connection: smtplib.SMTP) -> bool:
    try:
        return _is_positive(connection.noop()[0])
    except OSError:
        return False


def _dot_stuffed(content: bytes) -> bytes:
    """RFC 5321 section 4.5.2. The content starts with a header and ends with CRLF: no dot at either end."""
    return content.replace(b"\r\n.", b"\r\n..")


def _said(reply: tuple[int, bytes | str]) -> str:
    text = reply[1].decode("utf-8", "replace") if isinstance(reply[1], bytes) else reply[1]
    return f"{reply[0]} {tidy(text)}".strip()


def _is_positive(code: int) -> bool:
    return 200 <= code < 300


def _is_temporary(code: int) -> bool:
    return 400 <= code < 500


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600
