"""A topic of Amazon SNS: who is believed, and how.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
Anybody can have a topic of his own and a true signature of Amazon's under it. So the topic is pinned, and with it the
region; certificate and confirmation are read from that region's host alone.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from newsletter.errors import HookError, SettingsError
from newsletter.providers.hooks.base import UNAUTHENTIC
from newsletter.providers.hooks.fields import Fields, moment, text

_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:[\w.-]{1,256}", re.ASCII)
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem", re.ASCII)
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_TOLERANCE = timedelta(hours=1)  # the longest time for which SNS tries again
_MOST_CERTIFICATES = 8
_TIMEOUT = (5.0, 5.0)  # seconds; somebody waits for the answer
_LARGEST = 64 * 1024  # bytes: a certificate has two thousand


class Topic:
    """Raises SettingsError, naming `setting`, for what is no topic's ARN."""

    def __init__(self, arn: str, setting: str, get: Callable[[str], bytes]) -> None:
        found = _ARN.fullmatch(arn)
        if found is None:
            raise SettingsError(
                f"{setting} is no topic of SNS.", "Copy its ARN, which begins with arn:aws:sns: and ends with its name."
            )
        partition, region = found.groups()
        self._arn = arn
        self._host = f"sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"
        self._get = get
        self._certificates: dict[str, bytes] = {}

    def authenticate(self, envelope: Fields, now: datetime) -> None:
        """Raises HookError for what this topic has not signed a short while ago."""
        if envelope.get("TopicArn") != self._arn:
            raise HookError("The call is of another topic.", UNAUTHENTIC)
        self._verify(envelope)
        at = moment(envelope.get("Timestamp"))
        if at is None or abs(now - at) > _TOLERANCE:
            raise HookError("The call is too old, or from the future.", UNAUTHENTIC)

    def confirm(self, envelope: Fields) -> None:
        """Says yes to the topic. Raises HookError where the address for that is not Amazon's, or does not answer."""
        self._read(self._checked(envelope.get("SubscribeURL")))

    def _verify(self, envelope: Fields) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256
        from cryptography.x509 import load_pem_x509_certificate

        hashed = {"1": SHA1(), "2": SHA256()}.get(text(envelope.get("SignatureVersion")))  # noqa: S303 - SNS's own
        if hashed is None:
            raise HookError("The signature is of an unknown version.", UNAUTHENTIC)
        try:
            signature = b64decode(text(envelope.get("Signature"), 2000), validate=True)
            key = load_pem_x509_certificate(self._certificate(envelope.get("SigningCertURL"))).public_key()
            if not isinstance(key, RSAPublicKey):
                raise HookError("The certificate has no RSA key.", UNAUTHENTIC)
            key.verify(signature, signed_text(envelope), PKCS1v15(), hashed)
        except (InvalidSignature, binascii.Error, ValueError):
            raise HookError("The signature is wrong.", UNAUTHENTIC) from None

    def _certificate(self, url: object) -> bytes:
        checked = self._checked(url)
        if not _CERTIFICATE.fullmatch(urlsplit(checked).path):
            raise HookError("The certificate is not where Amazon keeps them.", UNAUTHENTIC)
        if checked not in self._certificates:
            found = self._read(checked)
            if len(self._certificates) >= _MOST_CERTIFICATES:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[checked] = found
        return self._certificates[checked]

    def _checked(self, url: object) -> str:
        """An address at the topic's own host, over TLS. Raises HookError for any other."""
        given = text(url, 2000)
        try:
            parts = urlsplit(given)
            good = (parts.scheme, parts.netloc) == ("https", self._host)
        except ValueError:
            good = False
        if not good:
            raise HookError("An address in the call is not Amazon's.", UNAUTHENTIC)
        return given

    def _read(self, url: str) -> bytes:
        try:
            return self._get(url)
        except OSError:  # requests' errors are OSErrors
            raise HookError("Amazon does not answer.", UNAUTHENTIC) from None


def signed_text(envelope: Fields) -> bytes:
    """What is signed: some of the fields, each name and value on its line. Raises HookError for an unknown type."""
    names = _SIGNED.get(text(envelope.get("Type")))
    if names is None:
        raise HookError("The call is of no type that SNS knows.", UNAUTHENTIC)
    present = [(name, envelope[name]) for name in names if isinstance(envelope.get(name), str)]
    return "".join(f"{name}\n{value}\n" for name, value in present).encode("utf-8", "surrogatepass")


def fetch(url: str) -> bytes:
    """What is at that address. Raises OSError for anything but a plain answer of a bearable size."""
    import requests

    with requests.get(url, timeout=_TIMEOUT, allow_redirects=False, stream=True) as response:
        content: bytes = response.raw.read(_LARGEST + 1, decode_content=True)
        if response.status_code != 200 or len(content) > _LARGEST:
            raise OSError(f"{response.status_code} from Amazon")
    return content
