"""Brevo (https://developers.brevo.com/reference/send-transac-email): up to 1,000 mails a call, each with its own texts.

Brevo remembers a call by its idempotency key, but answers a repeated one with an error and without ids. So a repeated
call is believed only where Brevo's own list of events has the mail; that list lags: "not found" proves nothing.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers.answers import error_object, moment, objects, parsed_object, result_of, retry_after, senseless
from newsletter.providers.base import Capabilities, LookUp, Suppressed, require_batch, room, send_writable
from newsletter.providers.brevo_texts import literal_html, literal_text
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Token, get, post, session
from newsletter.providers.wording import tidy
from newsletter.rendering.attached import base64_of, require_none
from newsletter.rendering.mime import ascii_address, encoded_words, require_ascii_recipient, require_sendable
from subscribers.suppression import Reason

KEY_SETTING = "AFTERGLOW_BREVO_API_KEY"
TRACKING_SETTING = "AFTERGLOW_BREVO_TRACKING_IS_OFF"
LARGEST_CALL = 10_000_000  # bytes: Brevo publishes none; a single mail may have 20 MB

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_KEYS = uuid.UUID("0f1c2f0a-6a5c-4a4e-9f0e-3c5a8d1b7e42")  # ours, so that no other program makes the same keys
_MINUTE = timedelta(minutes=1)
_PAGE = 100
_TAG = re.compile(r"[\w-]+")
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
# Each version has its own; these must stand beside them, and nobody's words may take the place of another's.
_PLACEHOLDERS = {"subject": "…", "htmlContent": "<p>…</p>", "textContent": "…"}
# https://developers.brevo.com/docs/how-it-works#error-codes
_DUPLICATE = frozenset({"duplicate_parameter", "duplicate_request"})
_ACCOUNT = frozenset({"not_enough_credits", "permission_denied", "account_under_validation", "not_acceptable"})
_OURS = re.compile(r"\bsender\b|\breplyTo\b|authenticat|\bIP\b|DMARC|api.?key", re.IGNORECASE)
_BAD_READER = re.compile(r"\bto\b|\bemail\b|recipient|messageVersions", re.IGNORECASE)
_REASONS = {
    "hardBounce": Reason.HARD_BOUNCE,
    "contactFlaggedAsSpam": Reason.COMPLAINT,
    "unsubscribedViaMA": Reason.UNSUBSCRIBE,
    "unsubscribedViaEmail": Reason.UNSUBSCRIBE,
    "unsubscribedViaApi": Reason.UNSUBSCRIBE,
    "adminBlocked": Reason.BY_HAND,
}


class BrevoProvider:
    """`tracking_is_off` is the operator's word that her account watches neither opens nor clicks: no mail can say so.

    `timeout` is for connecting and for reading, in seconds. Raises SettingsError for a key that cannot be one.
    """

    name = "brevo"
    # Brevo keeps keys for 15 minutes by its changelog, for 30 by its guide. A thousand look-ups take minutes.
    capabilities = Capabilities(
        batch=1000,
        attached_batch=1,  # no version has attachments of its own, and nothing is said of common ones
        most_bytes=LARGEST_CALL,
        ascii_only=True,
        longest_call=timedelta(minutes=12),
        replay=timedelta(minutes=14),
        look_up=LookUp.POSITIVE,
    )

    def __init__(
        self,
        api_key: str,
        base_url: str = "https://api.brevo.com",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        *,
        tracking_is_off: bool,
    ) -> None:
        if not tracking_is_off:
            raise SettingsError(
                "Brevo watches opens and clicks unless its account says otherwise, and no mail can forbid it.",
                f"Switch tracking off in Brevo's transactional settings, then set {TRACKING_SETTING}=true.",
            )
        self._key = Token(api_key, KEY_SETTING, "api-key")
        self._session = session(self._key)
        self._base_url = f"{base_url.rstrip('/')}/v3/smtp"
        self._timeout = timeout

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:
        """One call, unless Brevo refuses one of its readers: then the others go in smaller ones."""
        require_batch(self, messages)
        return send_writable(messages, _mail, lambda mails: self._send(key, mails))

    def look_up(self, message: Message) -> Result:
        """By reader and the tag of her mail, or of its call. Raises ProviderError where Brevo does not answer."""
        address, ours = ascii_address(message.to.address), {_tag([message]), _tag([message, message])}
        query = {"email": address, "limit": str(_PAGE)}
        for event in self._listed("statistics/events", query, "events"):
            match event:
                case {"email": str(email), "tag": str(tags), "messageId": str(id)} if id:
                    # The reader again: a service that ignored the filter must not make a mail accepted.
                    if email.lower() == address.lower() and ours & set(_TAG.findall(tags)):
                        return _accepted(id)
        return Result(outcome=Outcome.UNKNOWN, reason="Brevo does not list the mail, or not yet.")

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """Newest first, as Brevo lists them."""
        for offset in range(0, 1_000_000, _PAGE):
            query = {"limit": str(_PAGE), "offset": str(offset), "sort": "desc"}
            contacts = self._listed("blockedContacts", query, "contacts")
            for contact in contacts:
                blocked_at = moment(contact.get("blockedAt"))
                if blocked_at is not None and blocked_at < since:
                    return
                if isinstance(address := contact.get("email"), str):
                    reason, detail = _reason(contact.get("reason"))
                    yield Suppressed(address=address, reason=reason, at=blocked_at, detail=detail)
            if len(contacts) < _PAGE:
                return

    def close(self) -> None:
        self._session.close()

    def _listed(self, path: str, query: dict[str, str], name: str) -> list[dict[str, object]]:
        response = get(self._session, "Brevo", f"{self._base_url}/{path}", query, self._timeout)
        if response.status_code != 200:
            raise self._fault(response)
        return objects("Brevo", parsed_object("Brevo", response).get(name))

    def _send(self, key: str, mails: Sequence["_Mail"]) -> list[Result]:
        fits = room([mail.version for mail in mails], LARGEST_CALL)
        waiting = Result(outcome=Outcome.NOT_SENT, reason="The call to Brevo was full; the mail goes with the next.")
        return [*self._deliver(key, mails[:fits]), *[waiting] * (len(mails) - fits)]

    def _deliver(self, key: str, mails: Sequence["_Mail"]) -> list[Result]:
        body = _call(key, mails)
        response = post(self._session, "Brevo", f"{self._base_url}/email", body, _JSON, self._timeout)
        if 200 <= response.status_code < 300:
            return _ids(response, len(mails))
        code, said = self._error(response)
        if response.status_code == 400 and code in _DUPLICATE:
            return [self.look_up(mail.message) for mail in mails]
        if response.status_code != 400 or code in _ACCOUNT or _OURS.search(said):
            raise self._fault(response)
        if len(mails) == 1:
            return [Result(outcome=Outcome.REJECTED, reason=f"Brevo: {said}.")]
        if not _BAD_READER.search(said):
            raise self._fault(response)
        # Nothing was sent to anybody, for the sake of one reader.
        half = len(mails) // 2
        return [*self._part(f"{key}/1", mails[:half]), *self._part(f"{key}/2", mails[half:])]

    def _part(self, key: str, mails: Sequence["_Mail"]) -> list[Result]:
        """A part of a call, whose fault is its own: the other part may be accepted."""
        try:
            return self._deliver(key, mails)
        except ProviderError as error:
            return [result_of(error)] * len(mails)

    def _error(self, response: requests.Response) -> tuple[str, str]:
        error = error_object(response)
        code, message = error.get("code"), error.get("message")
        said = message if isinstance(message, str) else f"it answered {response.status_code}"
        return code if isinstance(code, str) else "", tidy(self._key.redact(said))

    def _fault(self, response: requests.Response) -> ProviderError:
        """What an answer means for all mails of the call."""
        status, (code, said) = response.status_code, self._error(response)
        if status == 429:
            pause = retry_after(response, "retry-after", "x-sib-ratelimit-reset") or _MINUTE
            return ProviderError(f"Brevo asks to wait: {said}.", retry_after=pause)
        if status >= 500 or status == 408:
            return ProviderError(f"Brevo failed: {said}.", in_doubt=True, retry_after=retry_after(response))
        if status == 401:
            return ProviderError(
                f"Brevo does not accept the key, or this computer: {said}.",
                f"Put a valid one into {KEY_SETTING}, and see whether Brevo blocks unknown IPs; the mail waits.",
            )
        permanent = status == 400 and code not in _ACCOUNT and not _OURS.search(said)
        return ProviderError(
            f"Brevo refuses the call ({status}): {said}.",
            f"Check the sender and the credits at Brevo, in the account of {KEY_SETTING}.",
            permanent=permanent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """What is the reader's own, as JSON."""

    message: Message
    version: bytes


def _mail(message: Message) -> _Mail:
    """Raises InputError for what Brevo cannot carry. Of ours, it learns the id and nothing else."""
    require_sendable(message)
    require_ascii_recipient(message)
    require_none("Brevo", message.attachments)
    if not message.html:
        raise InputError("The mail has no HTML.", "Brevo takes none without it.")
    version: dict[str, object] = {
        "to": [_mailbox(message.to)],
        "subject": literal_text(message.subject),
        "htmlContent": literal_html(message.html),
        "headers": _headers(message),
    }
    if message.text:
        version["textContent"] = literal_text(message.text)
    return _Mail(message=message, version=json.dumps(version, ensure_ascii=False, separators=(",", ":")).encode())


def _call(key: str, mails: Sequence[_Mail]) -> bytes:
    """One mail as the guide has it; several as versions of one, whose headers are used in practice, but not in the
    specification (django-anymail sends and tests them).
    """
    first = mails[0].message
    call: dict[str, object] = {"sender": _mailbox(first.sender), "tags": [_tag([mail.message for mail in mails])]}
    if first.reply_to is not None:
        # As it is written to Reply-To without encoding, a name must be ASCII by itself.
        call["replyTo"] = _mailbox(first.reply_to, encoded=not first.reply_to.name.isascii())
    if first.attachments:
        call["attachment"] = [{"name": each.name, "content": base64_of(each)} for each in first.attachments]
    once = {"idempotencyKey": str(uuid.uuid5(_KEYS, key))}
    if len(mails) == 1:
        own = json.loads(mails[0].version)
        return json.dumps(call | own | {"headers": own["headers"] | once}, ensure_ascii=False).encode()
    call |= _PLACEHOLDERS | {"headers": once}
    common = json.dumps(call, ensure_ascii=False).encode()
    return common[:-1] + b', "messageVersions": [' + b",".join(mail.version for mail in mails) + b"]}"


def _headers(message: Message) -> dict[str, str]:
    """Brevo decodes encoded words and writes what they hold as it is, so that only ASCII arrives."""
    names = {name.lower() for name, _ in message.headers}
    if len(names) < len(message.headers):
        raise InputError("The mail has a header twice.", "Brevo takes each once: join them.")
    for name, value in message.headers:
        if not value.isascii():
            raise InputError(f"The header {name} has letters beyond ASCII.", "Brevo cannot write them: use ASCII.")
    return dict(message.headers) | {"X-Mailin-custom": message.id}


def _mailbox(mailbox: Mailbox, *, encoded: bool | None = None) -> dict[str, str]:
    """Brevo drops a name that has both letters beyond ASCII and special characters (django-anymail)."""
    name = mailbox.name.strip()
    if encoded if encoded is not None else not name.isascii() and _SPECIALS.search(name):
        name = " ".join(encoded_words(name))
    return {"email": ascii_address(mailbox.address)} | ({"name": name} if name else {})


def _tag(messages: Sequence[Message]) -> str:
    """Our id; of several mails, which have their tags in common, a name for the call.

    With the reader's address, that tells her mail from every other.
    """
    first = messages[0]
    if len(messages) == 1:
        return f"mid-{first.id}"
    common = f"{first.content.digest} {first.date.isoformat()}"
    return f"call-{hashlib.sha256(common.encode()).hexdigest()[:24]}"


def _ids(response: requests.Response, count: int) -> list[Result]:
    """`messageIds` in the order of the versions, or `messageId` of the only one."""
    answer = parsed_object("Brevo", response)
    listed = answer.get("messageIds")
    ids = listed if isinstance(listed, list) else [answer.get("messageId")]
    accepted = [_accepted(id) for id in ids if isinstance(id, str) and id]
    if len(accepted) == len(ids) == count:
        return accepted
    raise senseless("Brevo")


def _accepted(id: str) -> Result:
    """The id without its brackets, as events are compared with it."""
    return Result(outcome=Outcome.ACCEPTED, provider_message_id=id.strip("<>"))


def _reason(written: object) -> tuple[Reason, str]:
    match written:
        case {"code": str(code), **rest}:
            return _REASONS.get(code, Reason.BY_HAND), tidy(str(rest.get("message", code)))
    return Reason.BY_HAND, ""
