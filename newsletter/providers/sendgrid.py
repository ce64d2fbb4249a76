"""SendGrid (https://www.twilio.com/docs/sendgrid/api-reference/mail-send): one edition to up to 1,000 readers a call.

A call is all or nothing and has one id for all. SendGrid knows no idempotency keys, and a look-up only as an add-on
that is paid for: a lost answer stays unknown until an event that carries our id, or the therapist, settles it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import requests

from newsletter.domain.attachment import Attachment
from newsletter.domain.content import Content
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.answers import error_object, moment, objects, parsed, result_of, retry_after, senseless
from newsletter.providers.base import (
    Capabilities,
    Suppressed,
    require_batch,
    require_one_edition,
    room,
    send_writable,
)
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Bearer, get, post, session
from newsletter.providers.sendgrid_template import Template
from newsletter.providers.wording import tidy
from newsletter.rendering.attached import base64_of
from newsletter.rendering.mime import ascii_address, ascii_header, require_ascii_recipient, require_sendable
from subscribers.suppression import Reason

KEY_SETTING = "AFTERGLOW_SENDGRID_API_KEY"
URL_SETTING = "AFTERGLOW_SENDGRID_URL"
LARGEST_CALL = 30_000_000  # bytes: "The total size of your email, including attachments, must be less than 30MB"

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_MOST_SUBSTITUTED = 10_000  # bytes of a reader's values: "limited to 10,000 bytes per personalization object"
_MINUTE = timedelta(minutes=1)
_PAGE = 500
_RESERVED = frozenset({"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-transfer-encoding"})
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
_ONE_READER = re.compile(r"personalizations\.([0-9]{1,4})(\.|$)")
_OURS = re.compile(r"^(from|reply_to)\b", re.IGNORECASE)
_LISTS = {  # what each of SendGrid's lists means; its "blocks" are refusals that pass
    "bounces": Reason.HARD_BOUNCE,
    "invalid_emails": Reason.HARD_BOUNCE,
    "spam_reports": Reason.COMPLAINT,
    "unsubscribes": Reason.UNSUBSCRIBE,
}


class SendGridProvider:
    """`base_url` tells its regions apart (https://api.eu.sendgrid.com).

    `timeout` is for connecting and for reading, in seconds. Raises SettingsError for a key that cannot be one.
    """

    name = "sendgrid"
    capabilities = Capabilities(batch=1000, attached_batch=1000, ascii_only=True)

    def __init__(
        self,
        api_key: str,
        base_url: str = "https://api.sendgrid.com",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        self._key = Bearer(api_key, KEY_SETTING)
        self._session = session(self._key)
        self._base_url = f"{base_url.rstrip('/')}/v3"
        self._timeout = timeout

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - it knows no keys
        """One call, unless SendGrid names readers whom it refuses: then it is made again without them.

        Raises InputError for messages that are not of one edition and one sender.
        """
        require_batch(self, messages)
        return send_writable(messages, _mail, self._send)

    def look_up(self, message: Message) -> Result:  # noqa: ARG002 - there is nobody to ask
        return Result(outcome=Outcome.UNKNOWN, reason="SendGrid cannot be asked what became of a mail.")

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """List after list."""
        for name, reason in _LISTS.items():
            for entry in self._list(name, since):
                if isinstance(address := entry.get("email"), str):
                    detail = tidy(str(entry.get("reason") or ""))
                    yield Suppressed(address=address, reason=reason, at=moment(entry.get("created")), detail=detail)

    def close(self) -> None:
        self._session.close()

    def _list(self, name: str, since: datetime) -> Iterator[dict[str, object]]:
        for offset in range(0, 1_000_000, _PAGE):
            query = {"start_time": str(int(since.timestamp())), "limit": str(_PAGE), "offset": str(offset)}
            response = get(self._session, "SendGrid", f"{self._base_url}/suppression/{name}", query, self._timeout)
            if response.status_code != 200:
                raise self._fault(response)
            entries = objects("SendGrid", parsed("SendGrid", response))
            yield from entries
            if len(entries) < _PAGE:
                return

    def _send(self, mails: Sequence["_Mail"]) -> list[Result]:
        require_one_edition(self, [mail.message for mail in mails])
        going: dict[str, _Mail] = {}
        for mail in mails:  # "each unique email address in the personalizations array should only be included once"
            going.setdefault(mail.message.to.address.lower(), mail)
        common = _common(mails[0].message)
        fits = list(going.values())[: room([mail.own for mail in going.values()], LARGEST_CALL - len(common))]
        answers = zip(fits, self._deliver(common, fits), strict=True)
        results = {mail.message.id: result for mail, result in answers}
        waiting = Result(outcome=Outcome.NOT_SENT, reason="The mail goes with the next call to SendGrid.")
        return [results.get(mail.message.id, waiting) for mail in mails]

    def _deliver(self, common: bytes, mails: Sequence["_Mail"]) -> list[Result]:
        body = common[:-1] + b', "personalizations": [' + b",".join(mail.own for mail in mails) + b"]}"
        response = post(self._session, "SendGrid", f"{self._base_url}/mail/send", body, _JSON, self._timeout)
        if 200 <= response.status_code < 300:
            if not (id := response.headers.get("x-message-id", "")):
                raise senseless("SendGrid")
            return [Result(outcome=Outcome.ACCEPTED, provider_message_id=id)] * len(mails)
        refused = self._refused(response, len(mails))
        if not refused:
            raise self._fault(response)
        # Nothing was sent to anybody, for the sake of these.
        rest = [mail for number, mail in enumerate(mails) if number not in refused]
        others = iter(self._part(common, rest))
        return [refused.get(number) or next(others) for number in range(len(mails))]

    def _part(self, common: bytes, mails: Sequence["_Mail"]) -> list[Result]:
        """The others of a call, whose fault is their own: those that SendGrid named keep their refusal."""
        try:
            return self._deliver(common, mails) if mails else []
        except ProviderError as error:
            return [result_of(error)] * len(mails)

    def _refused(self, response: requests.Response, count: int) -> dict[int, Result]:
        """By their place in the call, the mails that an error names as its cause."""
        named: dict[int, Result] = {}
        for field, said in self._errors(response) if response.status_code == 400 else ():
            found = _ONE_READER.match(field)
            if found is not None and int(found[1]) < count:
                named[int(found[1])] = Result(outcome=Outcome.REJECTED, reason=f"SendGrid: {said}.")
        return named

    def _errors(self, response: requests.Response) -> list[tuple[str, str]]:
        """Field and message of each error (https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors)."""
        errors = error_object(response).get("errors")
        listed = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        return [(str(error.get("field") or ""), tidy(self._key.redact(str(error.get("message"))))) for error in listed]

    def _fault(self, response: requests.Response) -> ProviderError:
        """What an answer means for all mails of the call."""
        status, errors = response.status_code, self._errors(response)
        said = errors[0][1] if errors else f"it answered {status}"
        if status == 429:
            return ProviderError(f"SendGrid asks to wait: {said}.", retry_after=retry_after(response) or _MINUTE)
        if status >= 500 or status == 408:
            return ProviderError(f"SendGrid failed: {said}.", in_doubt=True, retry_after=retry_after(response))
        if status == 401:  # "Maximum credits exceeded" comes with it too
            return ProviderError(
                f"SendGrid does not accept the key: {said}.",
                f"Put a valid one into {KEY_SETTING}, and see whether its account has credits; the mail waits.",
            )
        permanent = status == 413 or (status == 400 and not any(_OURS.search(field) for field, _ in errors))
        return ProviderError(
            f"SendGrid refuses the call ({status}): {said}.",
            f"Verify the sender at SendGrid, in the account of {KEY_SETTING}, and check {URL_SETTING}.",
            permanent=permanent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """What is the reader's own, as JSON."""

    message: Message
    own: bytes


def _mail(message: Message) -> _Mail:
    """Raises InputError for what SendGrid cannot carry. Of ours, it learns the id and nothing else."""
    require_sendable(message)
    require_ascii_recipient(message)
    _require_texts(message)
    substitutions = _template(message.content).substitutions(message.fields)
    if sum(len(tag) + len(value.encode()) for tag, value in substitutions.items()) > _MOST_SUBSTITUTED:
        raise InputError(f"The reader's own values are longer than SendGrid takes ({_MOST_SUBSTITUTED} bytes).")
    own: dict[str, object] = {
        "to": [_mailbox(message.to, quoted=True)],
        "headers": _headers(message),
        "custom_args": {"mid": message.id},
    }
    if substitutions:
        own["substitutions"] = substitutions
    return _Mail(message=message, own=json.dumps(own, ensure_ascii=False, separators=(",", ":")).encode())


def _common(message: Message) -> bytes:
    """What all mails of the edition have in common, as JSON. No trackers."""
    template = _template(message.content)
    texts = (("text/plain", template.text), ("text/html", template.html))
    call: dict[str, object] = {
        "from": _mailbox(message.sender),
        "subject": template.subject,
        "content": [{"type": kind, "value": text} for kind, text in texts if text],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    if message.reply_to is not None:
        call["reply_to"] = _mailbox(message.reply_to)
    if message.attachments:
        call["attachments"] = [_attachment(each) for each in message.attachments]
    return json.dumps(call, ensure_ascii=False).encode()


_template = lru_cache(maxsize=8)(Template.of)


@lru_cache(maxsize=16)
def _size(content: Content) -> int:
    texts = sum(len(part.encode()) for part in (*content.html_parts, *content.text_parts) if isinstance(part, str))
    return texts + sum(len(base64_of(each)) for each in content.attachments)


def _require_texts(message: Message) -> None:
    if not message.subject:
        raise InputError("The mail has no subject.", "SendGrid takes none without it.")
    if not any((*message.content.text_parts, *message.content.html_parts)):
        raise InputError("The mail has no text.", "SendGrid takes none without it.")
    if _size(message.content) > LARGEST_CALL:
        raise InputError(f"The mail is larger than SendGrid takes ({LARGEST_CALL} bytes).", "Attach less.")


def _headers(message: Message) -> dict[str, str]:
    names = [name.lower() for name, _ in message.headers]
    if len(set(names)) < len(names):
        raise InputError("The mail has a header twice.", "SendGrid takes each once: join them.")
    if reserved := _RESERVED & set(names):
        raise InputError(f"The header {min(reserved)} is SendGrid's own.", "Leave it out.")
    return {name: ascii_header(name, value) for name, value in message.headers}


def _mailbox(mailbox: Mailbox, *, quoted: bool = False) -> dict[str, str]:
    """`quoted`: for readers, SendGrid writes a name as it stands (https://github.com/sendgrid/sendgrid-python/issues/291)."""
    name = mailbox.name.strip()
    if quoted and _SPECIALS.search(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return {"email": ascii_address(mailbox.address)} | ({"name": name} if name else {})


def _attachment(attachment: Attachment) -> dict[str, str]:
    written = {
        "content": base64_of(attachment),
        "type": attachment.content_type,
        "filename": attachment.name,
        "disposition": "inline" if attachment.is_inline else "attachment",
    }
    return written | ({"content_id": attachment.content_id} if attachment.content_id is not None else {})
