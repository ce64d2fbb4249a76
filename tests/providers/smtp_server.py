"""A real mail server on loopback that can refuse, hang up and keep silent where it is told to."""

# ruff: noqa: ARG002, ARG004, N802 - aiosmtpd finds hooks by their names, and calls them with all it has
import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

DATA = Path(__file__).parent / "data"
USERNAME = "mara"
PASSWORD = "correct-horse-battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    sender: str
    recipient: str
    content: bytes


class _Server(SMTP):
    """Also tells its handler of the commands that aiosmtpd answers by itself."""

    def hang_up(self) -> None:
        """As if the cable were cut: what was not sent yet is lost."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:
        fault = self.event_handler.fault_for("DATA", self.envelope)
        if fault == "drop":
            self.hang_up()
        elif fault == "drop after 354":
            await self.push("354 go ahead")
            self.hang_up()
        elif fault:
            await self.push(fault)
        else:
            await super().smtp_DATA(arg)


class SmtpServer:
    """`faults` maps a command, or a command and an address, to a reply, or to `drop`, `drop after 354` or `silence`.

    `END` stands for the dot after DATA: there, a mail is received before the fault shows.
    """

    def __init__(
        self,
        *,
        implicit_tls: bool = False,
        starttls: bool = False,
        accounts: bool = False,
        international: bool = False,
        pipelining: bool = False,
        size: int | None = None,
    ) -> None:
        self.received: list[Received] = []
        self.faults: dict[str, str] = {}
        self.port = 0
        self._sessions: list[_Server] = []
        self._implicit_tls = server_context() if implicit_tls else None
        self._starttls = server_context() if starttls else None
        self._accounts = accounts
        self._international = international
        self._pipelining = pipelining
        self._size = size
        self._listening = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()))

    def start(self) -> None:
        self._thread.start()
        assert self._listening.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def hang_up(self) -> None:
        """Closes every connection, as a server does with idle clients."""
        for session in self._sessions:
            self._loop.call_soon_threadsafe(session.hang_up)

    @property
    def connections(self) -> int:
        return len(self._sessions)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        server = await self._loop.create_server(self._session, "127.0.0.1", 0, ssl=self._implicit_tls)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stopped.wait()
        server.close()
        for session in self._sessions:
            session.hang_up()

    def _session(self) -> _Server:
        session = _Server(
            self,
            hostname="mail.test",
            loop=self._loop,
            enable_SMTPUTF8=self._international,
            tls_context=self._starttls,
            data_size_limit=self._size,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )
        self._sessions.append(session)
        return session

    def fault_for(self, command: str, envelope: Envelope | None, address: str = "") -> str:
        recipients = envelope.rcpt_tos if envelope else []
        keys = [f"{command} {one}" for one in (address, *recipients) if one]
        return next((self.faults[key] for key in (*keys, command) if key in self.faults), "")

    async def handle_EHLO(
        self, server: _Server, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *["250-PIPELINING"] * self._pipelining, responses[-1]]

    async def handle_MAIL(
        self, server: _Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._accounts and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if fault := self.fault_for("MAIL", envelope, address):
            return self._act(server, fault)
        envelope.mail_from = address
        return "250 sender ok"

    async def handle_RCPT(
        self, server: _Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self.fault_for("RCPT", envelope, address):
            return self._act(server, fault)
        envelope.rcpt_tos.append(address)
        return "250 recipient ok"

    async def handle_DATA(self, server: _Server, session: Session, envelope: Envelope) -> str:
        fault = self.fault_for("END", envelope)
        if not fault or fault in ("drop", "silence"):
            sender, recipient = envelope.mail_from or "", envelope.rcpt_tos[0]
            self.received.append(Received(sender=sender, recipient=recipient, content=envelope.original_content or b""))
        if fault == "silence":
            await self._stopped.wait()
        return self._act(server, fault) if fault else "250 queued"

    @staticmethod
    def _act(server: _Server, fault: str) -> str:
        if fault == "drop":
            server.hang_up()
        return fault

    @staticmethod
    def _authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth: LoginPassword
    ) -> AuthResult:
        good = (auth.login, auth.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(DATA / "localhost.crt", DATA / "localhost.key")
    return context


def client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(DATA / "localhost.crt"))
