"""Webhooks as vendors call them: signed with the vendor's secret, in the vendor's words, whenever a test says so."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tests.fault_server.wire import Json

SECRET = "a-secret-of-the-operator-1234"
SVIX_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
TOPIC = "arn:aws:sns:eu-west-1:123456789012:afterglow"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
SUBSCRIBE_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc"
VENDORS = ("resend", "postmark", "ses", "mailgun", "brevo", "sendgrid", "mailjet")
BATCHES = frozenset({"sendgrid", "brevo", "mailjet"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A call as it goes over the wire."""

    headers: dict[str, str]
    body: bytes


def settings() -> dict[str, object]:
    """The secrets of every vendor, as the operator sets them."""
    return {
        "resend_webhook_secret": SVIX_SECRET,
        "postmark_webhook_secret": SECRET,
        "ses_webhook_topic_arn": TOPIC,
        "mailgun_webhook_signing_key": SECRET,
        "brevo_webhook_secret": SECRET,
        "sendgrid_webhook_public_key": sendgrid_public_key(),
        "mailjet_webhook_secret": SECRET,
    }


def sign(vendor: str, content: object, at: datetime, number: int = 1) -> Signed:
    """A call of the vendor that holds `content`, which may be bytes that are no JSON; the same `number` makes the same
    call.
    """
    return _SIGNERS[vendor](content, at, number)


def _written(content: object) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def _resend(content: object, at: datetime, number: int) -> Signed:
    body = _written(content)
    call_id, moment = f"msg_{number}", str(int(at.timestamp()))
    key = base64.b64decode(SVIX_SECRET.removeprefix("whsec_"))
    good = base64.b64encode(hmac.digest(key, f"{call_id}.{moment}.".encode() + body, "sha256")).decode()
    signatures = f"v1,{base64.b64encode(bytes(32)).decode()} v1,{good}"  # the first by a secret that was replaced
    return Signed(headers={"svix-id": call_id, "svix-timestamp": moment, "svix-signature": signatures}, body=body)


def _basic(content: object, at: datetime, number: int) -> Signed:
    credentials = base64.b64encode(f"hook:{SECRET}".encode()).decode()
    return Signed(headers={"authorization": f"Basic {credentials}"}, body=_written(content))


def _bearer(content: object, at: datetime, number: int) -> Signed:
    return Signed(headers={"authorization": f"Bearer {SECRET}"}, body=_written(content))


def _mailgun(content: object, at: datetime, number: int) -> Signed:
    moment, token = str(int(at.timestamp())), hashlib.sha256(str(number).encode()).hexdigest()[:50]
    signature = hmac.new(SECRET.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"signature": {"timestamp": moment, "token": token, "signature": signature}, "event-data": content}
    return Signed(headers={}, body=json.dumps(signed).encode())


def _sendgrid(content: object, at: datetime, number: int) -> Signed:
    body = _written(content) + b"\r\n"
    moment = str(int(at.timestamp()))
    signature = _elliptic_key().sign(moment.encode() + body, ec.ECDSA(SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": moment,
    }
    return Signed(headers=headers, body=body)


def _ses(content: object, at: datetime, number: int) -> Signed:
    return notification(content, at, number)


def notification(content: object, at: datetime, number: int = 1, *, version: str = "2", **fields: str) -> Signed:
    """A message of the topic; `fields` replace its own."""
    message = content if isinstance(content, str) else json.dumps(content)
    envelope: dict[str, str] = {
        "Type": "Notification",
        "MessageId": f"00000000-0000-0000-0000-{number:012}",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
    } | fields
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if envelope["Type"] != "Notification":
        envelope.pop("Subject")
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()
    hashed = SHA1() if version == "1" else SHA256()  # noqa: S303 - SNS's own
    envelope["Signature"] = base64.b64encode(_rsa_key().sign(text, PKCS1v15(), hashed)).decode()
    return Signed(headers={"content-type": "text/plain; charset=UTF-8"}, body=json.dumps(envelope).encode())


def subscription(at: datetime, **fields: str) -> Signed:
    """SNS asks whether we want the topic."""
    own = {"Type": "SubscriptionConfirmation", "SubscribeURL": SUBSCRIBE_URL, "Token": "abc"}
    return notification("You have chosen to subscribe to the topic.", at, 9, **(own | fields))


def tampered(call: Signed) -> Signed:
    """The same call, but for one letter of what proves it."""
    if "authorization" in call.headers:
        scheme, _, credentials = call.headers["authorization"].partition(" ")
        wrong = base64.b64encode(b"hook:wrong").decode() if scheme == "Basic" else credentials[::-1]
        return replace(call, headers=call.headers | {"authorization": f"{scheme} {wrong}"})
    changed = call.body.replace(b'"timestamp": "', b'"timestamp": "9').replace(b'"Message": "', b'"Message": " ')
    return replace(call, body=changed.replace(b"{", b"{ ", 1))


@cache
def certificate() -> bytes:
    """What Amazon keeps at CERTIFICATE_URL."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_rsa_key().public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(_rsa_key(), SHA256())
    )
    return built.public_bytes(Encoding.PEM)


def sendgrid_public_key() -> str:
    public = _elliptic_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode()


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


_SIGNERS: dict[str, Callable[[object, datetime, int], Signed]] = {
    "resend": _resend,
    "postmark": _basic,
    "ses": _ses,
    "mailgun": _mailgun,
    "brevo": _bearer,
    "sendgrid": _sendgrid,
    "mailjet": _basic,
}


def words(vendor: str, told: str, mid: str, *, to: str, at: datetime, number: int = 1) -> Json:
    """One event in the vendor's words: `told` is accepted, delivered, bounced, soft, complained or left."""
    return _WORDS[vendor](told, mid, to, at, number)


def _resend_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    names = {"accepted": "sent", "soft": "bounced", "left": "unsubscribed"}
    data: Json = {"email_id": f"resend-{mid}", "to": [to], "tags": {"mid": mid}}
    if told in ("bounced", "soft"):
        kind = "Permanent" if told == "bounced" else "Transient"
        data["bounce"] = {"type": kind, "message": f"550 <{to}> refused"}
    return {"type": f"email.{names.get(told, told)}", "created_at": at.isoformat(), "data": data}


def _postmark_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    records = {"delivered": "Delivery", "bounced": "Bounce", "soft": "Bounce", "complained": "SpamComplaint"}
    content: Json = {
        "RecordType": records.get(told, "SubscriptionChange"),
        "MessageID": f"postmark-{mid}",
        "Metadata": {"mid": mid},
        "Recipient": to,
        "Details": f"550 <{to}> refused",
        "DeliveredAt": at.isoformat(),
    }
    if told in ("bounced", "soft"):
        content |= {"Type": "HardBounce" if told == "bounced" else "SoftBounce", "ID": number}
    if told == "left":
        content |= {"SuppressSending": True, "SuppressionReason": "ManualSuppression", "Origin": "Recipient"}
    return content


def _ses_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    names = {"accepted": "Send", "delivered": "Delivery", "complained": "Complaint", "left": "Subscription"}
    name = names.get(told, "Bounce")
    mail = {"messageId": f"ses-{mid}", "destination": [to], "tags": {"mid": [mid]}, "timestamp": at.isoformat()}
    details: Json = {"timestamp": at.isoformat()}
    if name == "Bounce":
        details["bounceType"] = "Permanent" if told == "bounced" else "Transient"
        details["bouncedRecipients"] = [{"emailAddress": to, "diagnosticCode": f"smtp; 550 <{to}> refused"}]
    return {"eventType": name, "mail": mail, name.lower(): details}


def _mailgun_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    names = {"bounced": "failed", "soft": "failed", "left": "unsubscribed"}
    content: Json = {
        "id": f"event-{number}",
        "event": names.get(told, told),
        "timestamp": at.timestamp(),
        "recipient": to,
        "user-variables": {"mid": mid},
        "message": {"headers": {"message-id": f"mailgun-{mid}"}},
    }
    if told in ("bounced", "soft"):
        content |= {"severity": "permanent", "reason": "bounce" if told == "bounced" else "old"}
        content["delivery-status"] = {"message": f"550 <{to}> refused"}
    return content


def _sendgrid_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    names = {"accepted": "processed", "bounced": "bounce", "soft": "bounce", "complained": "spamreport"}
    content: Json = {
        "event": names.get(told, "unsubscribe" if told == "left" else told),
        "sg_event_id": f"event-{number}",
        "sg_message_id": f"sendgrid-{mid}",
        "email": to,
        "timestamp": int(at.timestamp()),
        "mid": mid,
    }
    if told in ("bounced", "soft"):
        content |= {"type": "bounce" if told == "bounced" else "blocked", "reason": f"550 <{to}> refused"}
    return content


def _brevo_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    names = {"accepted": "request", "bounced": "hard_bounce", "soft": "soft_bounce", "complained": "spam"}
    return {
        "event": names.get(told, "unsubscribed" if told == "left" else told),
        "email": to,
        "message-id": f"<brevo-{mid}>",
        "ts_epoch": int(at.timestamp() * 1000),
        "X-Mailin-custom": mid,
        "reason": f"550 <{to}> refused",
    }


def _mailjet_words(told: str, mid: str, to: str, at: datetime, number: int) -> Json:
    names = {"delivered": "sent", "bounced": "bounce", "soft": "bounce", "complained": "spam", "left": "unsub"}
    content: Json = {
        "event": names.get(told, told),
        "time": int(at.timestamp()),
        "MessageID": number,
        "email": to,
        "CustomID": mid,
    }
    if told in ("bounced", "soft"):
        content |= {"hard_bounce": told == "bounced", "error": "user unknown", "comment": f"550 <{to}> refused"}
    return content


_WORDS: dict[str, Callable[[str, str, str, datetime, int], Json]] = {
    "resend": _resend_words,
    "postmark": _postmark_words,
    "ses": _ses_words,
    "mailgun": _mailgun_words,
    "brevo": _brevo_words,
    "sendgrid": _sendgrid_words,
    "mailjet": _mailjet_words,
}
