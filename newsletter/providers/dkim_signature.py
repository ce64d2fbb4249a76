"""The signature that a domain puts on its mail (DKIM, RFC 6376), for operators whose mail server does not sign.

What a reader sees, and what a mail program acts on, is signed once more often than it is there ("oversigned"), so that
nobody on the way can add a second From or another way to unsubscribe (RFC 6376 section 8.15, RFC 8058 section 4).
"""

import re
from pathlib import Path

import dkim

from newsletter.errors import SettingsError

KEY_SETTING = "AFTERGLOW_SMTP_DKIM_KEY_FILE"
DOMAIN_SETTING = "AFTERGLOW_SMTP_DKIM_DOMAIN"
SELECTOR_SETTING = "AFTERGLOW_SMTP_DKIM_SELECTOR"

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_SELECTOR = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PROBE = b"From: probe@example.com\r\n\r\n\r\n"
_FEWEST_BITS = 1024  # RFC 8301 section 3.2
_OVERSIGNED = (
    b"from",
    b"to",
    b"cc",
    b"sender",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)


class Signer:
    """Signs for `domain` with the RSA key in a PEM file, whose public half is in DNS at SELECTOR._domainkey.DOMAIN.

    `sender_domain` is that of From: only a signature for it, or for a domain above it, says anything of the sender
    (DMARC's relaxed alignment, RFC 7489 section 3.1.1). Raises SettingsError for what cannot sign.
    """

    def __init__(self, key_file: Path, domain: str, selector: str, *, sender_domain: str) -> None:
        self._domain, self._selector = domain.lower(), selector
        if not _DOMAIN.fullmatch(self._domain):
            raise SettingsError(f"{DOMAIN_SETTING} is no domain.", "Write it like your-studio.example.")
        if not _SELECTOR.fullmatch(selector):
            raise SettingsError(f"{SELECTOR_SETTING} is no name in DNS.", "Write it like s2026.")
        if not f".{sender_domain.lower()}".endswith(f".{self._domain}"):
            raise SettingsError(
                f"{DOMAIN_SETTING} is {domain}, but mail comes from {sender_domain}.",
                "Sign for the domain of studio.sender_address.",
            )
        self._key = _read_key(key_file)
        self.sign(_PROBE)

    def sign(self, content: bytes) -> bytes:
        """The mail with its signature in front; lines end with CRLF. The moment in it is the real one."""
        try:
            signature = dkim.sign(
                content,
                self._selector.encode("ascii"),
                self._domain.encode("ascii"),
                self._key,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=[*_names(content), *_OVERSIGNED],
            )
        except (dkim.DKIMException, ValueError) as error:
            raise SettingsError(f"{KEY_SETTING} holds no RSA key that can sign.", _REMEDY) from error
        return bytes(signature) + content


_REMEDY = f"Make one of 2048 bits, like: openssl genrsa -out dkim.pem 2048; and name it in {KEY_SETTING}."


def _read_key(file: Path) -> bytes:
    try:
        key = file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{KEY_SETTING} cannot be read: {file}: {error.strerror}.", "Check the path.") from error
    try:
        bits = int(dkim.parse_pem_private_key(key)["modulus"]).bit_length()
    except (dkim.UnparsableKeyError, ValueError, KeyError, IndexError, TypeError) as error:
        raise SettingsError(f"{KEY_SETTING} holds no RSA key: {file}.", _REMEDY) from error
    if bits < _FEWEST_BITS:
        raise SettingsError(f"The key in {KEY_SETTING} has {bits} bits, which receivers do not trust.", _REMEDY)
    return key


def _names(content: bytes) -> list[bytes]:
    """Of the headers, in small letters, each as often as it is there."""
    head = content.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
