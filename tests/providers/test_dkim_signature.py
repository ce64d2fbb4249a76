"""DKIM: what leaves is signed, verifies, and cannot be added to; what cannot sign is said when it is set up."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from newsletter.config import StudioSettings
from newsletter.domain.attachment import Attachment
from newsletter.domain.message import Message
from newsletter.errors import SettingsError
from newsletter.providers.dkim_signature import Signer
from newsletter.providers.smtp import SmtpProvider
from newsletter.rendering.mime import encode
from tests.conftest import OpenHome
from tests.providers.smtp_server import DATA, SmtpServer

MakeMessage = Callable[..., Message]
DOMAIN, SELECTOR = "studio.example", "s2026"


@pytest.fixture
def database_url() -> str | None:
    """SQLite: no mail service looks at the store."""
    return None


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key as the operator makes it."""
    return made(tmp_path_factory.mktemp("keys") / "dkim.pem", 2048)


@pytest.fixture
def signer(key: Path) -> Signer:
    return Signer(key, DOMAIN, SELECTOR, sender_domain=DOMAIN)


def made(file: Path, bits: int) -> Path:
    made = generate_private_key(public_exponent=65537, key_size=bits)
    file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return file


def verifies(mail: bytes, key: Path) -> bool:
    """As a receiver finds it, with a DNS that has the key."""
    private = load_pem_private_key(key.read_bytes(), password=None)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    records = {f"{SELECTOR}._domainkey.{DOMAIN}.".encode(): b"v=DKIM1; k=rsa; p=" + b64encode(public)}
    found: bool = dkim.verify(mail, dnsfunc=lambda name, timeout=5: records.get(name))  # noqa: ARG005 - as it is asked
    return found


def test_signed_mail_verifies_as_it_arrives(
    smtp_server: SmtpServer, make_message: MakeMessage, signer: Signer, key: Path
) -> None:
    """Through a mail server, with lines of dots and an attachment."""
    picture = Attachment(content_type="image/png", name="a.png", content=b"\x89PNG", content_id="a")
    provider = SmtpProvider("127.0.0.1", smtp_server.port, security="none", timeout=5, sign=signer.sign)
    provider.send("key", [make_message("anna"), make_message("bert", attachments=[picture])])
    provider.close()
    assert [verifies(mail.content, key) for mail in smtp_server.received] == [True, True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: ", b"Subject: free! "),
        (b"From: ", b"From: x@evil.example\r\nFrom: "),
        (b"Date: ", b"List-Unsubscribe: <https://evil.example>\r\nDate: "),
        (b"Date: ", b"Cc: all@evil.example\r\nDate: "),
        (b"List-Unsubscribe-Post: ", b"X-Gone: "),
        (b"width", b"breadth"),
    ],
)
def test_whatever_is_changed_or_added_breaks_the_signature(
    make_message: MakeMessage, signer: Signer, key: Path, old: bytes, new: bytes
) -> None:
    """What a reader sees or a program acts on can neither be altered nor be given twice."""
    signed = signer.sign(encode(make_message("anna")))
    assert verifies(signed, key)
    assert old in signed
    assert not verifies(signed.replace(old, new, 1), key)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"domain": "studio"}, "AFTERGLOW_SMTP_DKIM_DOMAIN"),
        ({"domain": "other.example"}, "AFTERGLOW_SMTP_DKIM_DOMAIN"),
        ({"domain": "dio.example"}, "AFTERGLOW_SMTP_DKIM_DOMAIN"),
        ({"selector": "s 2026"}, "AFTERGLOW_SMTP_DKIM_SELECTOR"),
        ({"selector": ""}, "AFTERGLOW_SMTP_DKIM_SELECTOR"),
        ({"key_file": Path("nowhere.pem")}, "AFTERGLOW_SMTP_DKIM_KEY_FILE"),
    ],
)
def test_what_cannot_sign_is_said_when_it_is_set_up(key: Path, changes: dict[str, object], named: str) -> None:
    """Before the first mail, with the setting's name."""
    given: dict[str, object] = {"key_file": key, "domain": DOMAIN, "selector": SELECTOR} | changes
    with pytest.raises(SettingsError, match=named):
        Signer(**given, sender_domain="mail.studio.example")  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    """A certificate, a public key or half a copy is none."""
    file = tmp_path / "dkim.pem"
    file.write_text(content)
    with pytest.raises(SettingsError, match="holds no RSA key"):
        Signer(file, DOMAIN, SELECTOR, sender_domain=DOMAIN)


def test_short_key_is_refused() -> None:
    """Receivers do not trust fewer than 1024 bits (RFC 8301)."""
    with pytest.raises(SettingsError, match="768 bits"):
        Signer(DATA / "short-key.pem", DOMAIN, SELECTOR, sender_domain=DOMAIN)


def test_signature_is_set_up_by_settings(open_home: OpenHome, key: Path) -> None:
    """All three, for the sender's own domain; or the missing one is asked for."""
    studio = StudioSettings(sender_address=f"mara@{DOMAIN}")
    smtp = {"provider": "smtp", "smtp_host": "localhost", "studio": studio, "smtp_dkim_key_file": key}
    with open_home(**smtp, smtp_dkim_domain=DOMAIN, smtp_dkim_selector=SELECTOR) as app:
        assert app.provider.name == "smtp"
    with pytest.raises(SettingsError, match="smtp_dkim_selector"), open_home(**smtp, smtp_dkim_domain=DOMAIN):
        pass
