"""Mailjet (https://dev.mailjet.com/reference/email/send-emails/, API 3.1): up to 50 mails a call, an answer for each.

Mailjet knows no idempotency keys. What became of a lost answer is asked for by our id (CustomID); its list lags:
"found" is certain, and "not found" proves nothing.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from newsletter.domain.attachment import Attachment
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers.answers import error_object, moment, objects, parsed_object, retry_after, senseless
from newsletter.providers.base import Capabilities, LookUp, Suppressed, require_batch, room, send_writable
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Basic, get, post, session
from newsletter.providers.wording import tidy
from newsletter.rendering.attached import base64_of
from newsletter.rendering.mime import ascii_address, ascii_header, require_ascii_recipient, require_sendable
from subscribers.suppression import Reason

KEY_SETTING = "AFTERGLOW_MAILJET_API_KEY"
SECRET_SETTING = "AFTERGLOW_MAILJET_SECRET_KEY"  # noqa: S105 - its name, not the key
LARGEST_CALL = 15_000_000  # bytes: "the total size of a message is limited to 15 MB"

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_MINUTE = timedelta(minutes=1)
_PAGE = 1000
_USERNAME = re.compile(r"[!-9;-~]+")  # RFC 7617: no colon
# Headers that no call may set (https://dev.mailjet.com/email/guides/send-api-v31/#add-email-headers).
_FORBIDDEN = frozenset(
    {
        "authentication-results",
        "delivered-to",
        "dkim-signature",
        "domainkey-status",
        "received",
        "received-spf",
        "return-path",
        "user-agent",
        "x-csa-complaints",
        "x-feedback-id",
        "x-mailer",
    }
)
_MAILJETS_OWN = ("x-mj-", "x-mailjet-")
_EXCLUDED = "excluded from campaigns"
_LIST_ID = "list-id"  # Mailjet refuses ours, and writes one itself
_OURS = frozenset({"From", "Sender", "ReplyTo"})


class MailjetProvider:
    """`timeout` is for connecting and for reading, in seconds. Raises SettingsError for keys that cannot be ones."""

    name = "mailjet"
    capabilities = Capabilities(
        batch=50,
        attached_batch=50,
        most_bytes=LARGEST_CALL,
        ascii_only=True,
        longest_call=timedelta(minutes=5),
        look_up=LookUp.POSITIVE,
    )

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        base_url: str = "https://api.mailjet.com",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        if not _USERNAME.fullmatch(api_key):
            raise SettingsError(f"{KEY_SETTING} holds no key.", "Copy the API key again, without spaces around it.")
        self._key = Basic(secret_key, SECRET_SETTING, api_key)
        self._session = session(self._key)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - it knows no keys
        """One call; what is more than its 15 MB waits for the next."""
        require_batch(self, messages)
        return send_writable(messages, _mail, self._send)

    def look_up(self, message: Message) -> Result:
        """By our id. Raises ProviderError where Mailjet does not answer."""
        for found in self._data("message", {"CustomID": message.id, "ShowCustomID": "true"}):
            match found:
                # The id again: a service that ignored the filter must not make a mail accepted.
                case {"ID": int(id), "CustomID": message.id} if id:
                    return Result(outcome=Outcome.ACCEPTED, provider_message_id=str(id))
        return Result(outcome=Outcome.UNKNOWN, reason="Mailjet does not list the mail, or not yet.")

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """Whom Mailjet excludes from newsletters; it does not list bounces apart from their events."""
        for offset in range(0, 1_000_000, _PAGE):
            query = {"IsExcludedFromCampaigns": "true", "Limit": str(_PAGE), "Offset": str(offset)}
            contacts = self._data("contact", query)
            for contact in contacts:
                at = moment(contact.get("ExclusionFromCampaignsUpdatedAt"))
                if isinstance(address := contact.get("Email"), str) and (at is None or at >= since):
                    yield Suppressed(
                        address=address, reason=Reason.UNSUBSCRIBE, at=at, detail="excluded from campaigns"
                    )
            if len(contacts) < _PAGE:
                return

    def close(self) -> None:
        self._session.close()

    def _data(self, resource: str, query: dict[str, str]) -> list[dict[str, object]]:
        response = get(self._session, "Mailjet", f"{self._base_url}/v3/REST/{resource}", query, self._timeout)
        if response.status_code != 200:
            raise self._fault(response)
        return objects("Mailjet", parsed_object("Mailjet", response).get("Data"))

    def _send(self, mails: Sequence["_Mail"]) -> list[Result]:
        going = mails[: room([mail.written for mail in mails], LARGEST_CALL)]
        body = b'{"Messages": [' + b",".join(mail.written for mail in going) + b"]}"
        response = post(self._session, "Mailjet", f"{self._base_url}/v3.1/send", body, _JSON, self._timeout)
        answers = error_object(response).get("Messages")
        if not isinstance(answers, list) or len(answers) != len(going):
            if 200 <= response.status_code < 300:
                raise senseless("Mailjet")
            raise self._fault(response)
        # "In case of errors on one or several of the messages, the API will not stop the processing of other messages."
        results = [self._result(mail, answer) for mail, answer in zip(going, answers, strict=True)]
        if all(result.outcome is Outcome.NOT_SENT for result in results):
            raise self._unwilling(results[0].reason)
        waiting = Result(outcome=Outcome.NOT_SENT, reason="The call to Mailjet was full; the mail goes with the next.")
        return [*results, *[waiting] * (len(mails) - len(going))]

    def _result(self, mail: "_Mail", answer: object) -> Result:
        match answer:
            case {"Status": "success", "To": [{"MessageID": int(id)}], **rest} if id:
                if rest.get("CustomID", mail.id) == mail.id:
                    return Result(outcome=Outcome.ACCEPTED, provider_message_id=str(id))
            case {"Status": "error", "Errors": [{"StatusCode": int(status), **error}, *_]}:
                said = tidy(self._key.redact(str(error.get("ErrorMessage"))))
                reason = f"Mailjet: {said} ({error.get('ErrorCode')})."
                return Result(outcome=_outcome(status, error.get("ErrorRelatedTo")), reason=reason)
        return Result(outcome=Outcome.UNKNOWN, reason="Mailjet gave an answer that makes no sense.")

    def _unwilling(self, reason: str) -> ProviderError:
        """No mail was taken, and none was to blame: no attempt is counted."""
        return ProviderError(reason, f"Mend it at Mailjet, in the account of {KEY_SETTING}; the mail waits.")

    def _fault(self, response: requests.Response) -> ProviderError:
        """What an answer means for all mails of the call."""
        status, message = response.status_code, error_object(response).get("ErrorMessage")
        said = tidy(self._key.redact(message)) if isinstance(message, str) else f"it answered {status}"
        if status == 429:
            return ProviderError(f"Mailjet asks to wait: {said}.", retry_after=retry_after(response) or _MINUTE)
        if status >= 500 or status == 408:
            return ProviderError(f"Mailjet failed: {said}.", in_doubt=True, retry_after=retry_after(response))
        if status == 401:
            return ProviderError(
                "Mailjet does not accept the keys.",
                f"Put a valid pair into {KEY_SETTING} and {SECRET_SETTING}; the mail waits.",
            )
        return ProviderError(
            f"Mailjet refuses the call ({status}): {said}.",
            f"Check the sender and the account at Mailjet, for {KEY_SETTING}.",
            permanent=status in (400, 413),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """One mail in Mailjet's words."""

    id: str
    written: bytes


def _mail(message: Message) -> _Mail:
    """Of ours, Mailjet learns the id and nothing else. No trackers, and no template language: what stands there stays.

    Raises InputError for what Mailjet cannot carry.
    """
    require_sendable(message)
    require_ascii_recipient(message)
    mail: dict[str, object] = {
        "From": _mailbox(message.sender),
        "To": [_mailbox(message.to)],
        "Subject": message.subject,
        "TemplateLanguage": False,
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
        "CustomID": message.id,
        "Headers": _headers(message),
    }
    mail |= {name: text for name, text in (("TextPart", message.text), ("HTMLPart", message.html)) if text}
    if message.reply_to is not None:
        mail["ReplyTo"] = _mailbox(message.reply_to)
    files, images = ([each for each in message.attachments if each.is_inline is inline] for inline in (False, True))
    if files:
        mail["Attachments"] = [_attachment(each) for each in files]
    if images:
        mail["InlinedAttachments"] = [_attachment(each) | {"ContentID": str(each.content_id)} for each in images]
    written = json.dumps(mail, ensure_ascii=False, separators=(",", ":")).encode()
    if len(written) > LARGEST_CALL:
        raise InputError(f"The mail is larger than Mailjet takes ({LARGEST_CALL} bytes).", "Attach less.")
    return _Mail(id=message.id, written=written)


def _headers(message: Message) -> dict[str, str]:
    headers = [(name, value) for name, value in message.headers if name.lower() != _LIST_ID]
    names = [name.lower() for name, _ in headers]
    if len(set(names)) < len(names):
        raise InputError("The mail has a header twice.", "Mailjet takes each once: join them.")
    for name in names:
        if name in _FORBIDDEN or name.startswith(_MAILJETS_OWN):
            raise InputError(f"The header {name} is Mailjet's own.", "Leave it out.")
    return {name: ascii_header(name, value) for name, value in headers}


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    name = mailbox.name.strip()
    return {"Email": ascii_address(mailbox.address)} | ({"Name": name} if name else {})


def _attachment(attachment: Attachment) -> dict[str, str]:
    return {
        "ContentType": attachment.content_type,
        "Filename": attachment.name,
        "Base64Content": base64_of(attachment),
    }


def _outcome(status: int, related: object) -> Outcome:
    """What an error means for its mail: whom it concerns is in its field, as in "From" or "To[0].Email"."""
    fields = {str(each).partition(".")[0].partition("[")[0] for each in related} if isinstance(related, list) else set()
    if status in (401, 403, 429) or fields & _OURS:
        return Outcome.NOT_SENT
    return Outcome.REJECTED if status == 400 else Outcome.UNKNOWN
