"""What a failed call says about the mail it carried."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import requests

from newsletter.errors import ProviderError
from newsletter.providers.http import Bearer, Session, fault, post, session
from tests.providers.resend_server import API_KEY, Fault, ResendServer
from tests.providers.smtp_server import server_context

BEARER = Bearer(API_KEY, "AFTERGLOW_KEY")


@pytest.fixture
def client() -> Iterator[Session]:
    with closing(session(BEARER)) as made:
        yield made


def failed(client: Session, url: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        post(client, "The service", url, b"{}", {}, timeout=(1, 1))
    assert "The service" in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://no-such-host.invalid/",
        "no-scheme",
        "ftp://x.example/",
        "http://[::bad/",
        "http://",
    ],
)
def test_no_connection_is_not_sent(client: Session, url: str) -> None:
    """Refused, unknown or unusable: without a connection no byte has left."""
    assert not failed(client, url).in_doubt


def test_connecting_that_takes_too_long_is_not_sent(client: Session) -> None:
    """A connection that was never made carried nothing."""
    assert not fault("The service", requests.ConnectTimeout()).in_doubt


def test_proxy_that_refuses_is_not_sent(client: Session) -> None:
    """A proxy that is not there has passed nothing on."""
    client.proxies = {"http": "http://127.0.0.1:1"}
    client.trust_env = False
    assert not failed(client, "http://service.example/").in_doubt


def test_untrusted_certificate_is_not_sent(client: Session) -> None:
    """The call goes out only after the certificate was found good."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=shake_hands, args=(listener,))
        thread.start()
        raised = failed(client, f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
    assert not raised.in_doubt
    assert "certificate" in raised.message


def shake_hands(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    try:
        server_context().wrap_socket(connection, server_side=True).close()
    except ssl.SSLError:
        connection.close()


@pytest.mark.parametrize(
    "lost",
    [
        Fault(),
        Fault(hangs=True),
        Fault(status=200, body=b"{", headers={"content_length": "100"}),
        Fault(status=200, body=b"not gzip", headers={"content_encoding": "gzip"}),
    ],
)
def test_no_answer_is_in_doubt(client: Session, resend_server: ResendServer, lost: Fault) -> None:
    """Once the call is out, anything but a whole answer leaves it in doubt."""
    resend_server.faults.append(lost)
    assert failed(client, f"{resend_server.url}/emails").in_doubt


def test_call_is_made_once(client: Session, resend_server: ResendServer) -> None:
    """Whether a call may be made again is for the outbox to say."""
    resend_server.faults.append(Fault())
    failed(client, f"{resend_server.url}/emails")
    assert len(resend_server.requests) == 1


def test_key_is_ours_whatever_netrc_says(
    client: Session, resend_server: ResendServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .netrc file of the computer does not take the key's place."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    resend_server.faults.append(Fault(status=204))
    post(client, "The service", f"{resend_server.url}/emails", b"{}", {})
    assert resend_server.requests[0].headers["authorization"] == f"Bearer {API_KEY}"


def test_key_is_cut_out_of_an_echo() -> None:
    """A service's words are shown without the key."""
    assert BEARER.redact(f"Bearer {API_KEY} is wrong") == "Bearer … is wrong"
    assert API_KEY not in repr(BEARER)
