"""Resend (https://resend.com/docs/api-reference): single mails and batches of up to 100, each call under its own key.

The Idempotency-Key makes a call safe to repeat for 24 hours: the same key with the same bytes gets the first answer
again (https://resend.com/docs/dashboard/emails/idempotency-keys). So a lost answer is asked for, never guessed at.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from mimetypes import MimeTypes

import requests

from newsletter.domain.attachment import Attachment
from newsletter.domain.content import Content
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.mailing import Column, Mailing
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.answers import error_object, moment, parsed_object, retry_after, senseless
from newsletter.providers.base import Capabilities, Suppressed, require_batch, send_mailings
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Bearer, get, post, session
from newsletter.providers.wording import tidy
from newsletter.rendering.attached import base64_of
from newsletter.rendering.columns import Parts, Pattern, listed, weave
from newsletter.rendering.json_texts import as_json, json_column, json_texts
from newsletter.rendering.mime import (
    all_sendable,
    ascii_address,
    ascii_header,
    one_line_mailbox,
    one_line_mailboxes,
    require_sendable,
)
from subscribers.suppression import Reason

KEY_SETTING = "AFTERGLOW_RESEND_API_KEY"

_FROM_SPECIALS = re.compile(r'[\s()<>\[\]:;@\\,"]+')
_TYPES = MimeTypes()  # the same on every computer
_PAGE = 100
_SUPPRESSED = {"bounce": Reason.HARD_BOUNCE, "complaint": Reason.COMPLAINT}
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_QUOTAS = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_REFUSED = frozenset({400, 422, 451})
_OURS = frozenset({"invalid_from_address", "invalid_idempotency_key"})  # refused, but not for this mail or its reader

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_PERMISSIVE = {"x-batch-validation": "permissive"}  # one bad address does not refuse the other ninety-nine


class ResendProvider:
    """`timeout` is for connecting and for reading, in seconds; `base_url` may be any service that speaks Resend's API.

    Raises SettingsError for an `api_key` that cannot be one.
    """

    name = "resend"
    # An hour less than the 24 hours for which Resend keeps keys, for clocks that differ and calls that wait.
    capabilities = Capabilities(batch=100, attached_batch=1, replay=timedelta(hours=23))  # attachments: not in batches

    def __init__(
        self,
        api_key: str,
        base_url: str = "https://api.resend.com",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        self._bearer = Bearer(api_key, KEY_SETTING)
        self._session = session(self._bearer)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:
        """One call; what cannot be written as a mail is rejected here and does not hold up the others."""
        require_batch(self, messages)
        return send_mailings(messages, _require, all_sendable, lambda going: self._send(key, going))

    def look_up(self, message: Message) -> Result:  # noqa: ARG002 - it can only be paged through, not searched
        """Resend has no search by our id: replay the call under its key instead."""
        return Result(outcome=Outcome.UNKNOWN, reason="Resend cannot be asked for a mail by our id.")

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """All that Resend has, for it does not say in which order."""
        query = {"limit": str(_PAGE)}
        while True:
            response = get(self._session, "Resend", f"{self._base_url}/suppressions", query, self._timeout)
            if response.status_code != 200:
                raise _fault(response, *self._error(response))
            answer = parsed_object("Resend", response)
            entries = _items(answer, "data")
            for entry in entries:
                at = moment(entry.get("created_at"))
                if isinstance(address := entry.get("email"), str) and (at is None or at >= since):
                    reason = _SUPPRESSED.get(str(entry.get("origin")), Reason.BY_HAND)
                    yield Suppressed(address=address, reason=reason, at=at)
            if answer.get("has_more") is not True or not entries:
                return
            query["after"] = str(entries[-1].get("id"))

    def close(self) -> None:
        self._session.close()

    def _send(self, key: str, going: Sequence[Mailing]) -> list[Result]:
        count = sum(map(len, going))
        single = count == 1
        mails = (mail for mailing in going for mail in weave(_pattern(mailing), len(mailing)))
        response = post(
            self._session,
            "Resend",
            f"{self._base_url}/emails" if single else f"{self._base_url}/emails/batch",
            Parts(listed(mails) if single else listed(mails, b"[", b"]")),
            _JSON | {"Idempotency-Key": key} | ({} if single else _PERMISSIVE),
            self._timeout,
        )
        if 200 <= response.status_code < 300:
            answer = parsed_object("Resend", response)
            return [_single(answer)] if single else _batch(answer, count)
        name, said = self._error(response)
        if single and response.status_code in _REFUSED and name not in _OURS:
            return [Result(outcome=Outcome.REJECTED, reason=said)]
        raise _fault(response, name, said)

    def _error(self, response: requests.Response) -> tuple[str, str]:
        """The error's name, and what Resend says in its own words (https://resend.com/docs/api-reference/errors)."""
        error = error_object(response)
        name, message = error.get("name"), error.get("message")
        said = message if isinstance(message, str) else f"Resend answered {response.status_code}"
        return name if isinstance(name, str) else "", tidy(self._bearer.redact(said))


def _pattern(mailing: Mailing) -> Pattern:
    """A mail in Resend's words; the same mail is always the same bytes.

    Its tag is our id and nothing else: no stream, no health fact. The Message-ID stays Resend's own, which it sets
    whatever we say.
    """
    texts = json_texts(mailing.content)
    return [
        f'{{{_senders(mailing.sender, mailing.reply_to)},"to":["'.encode(),
        json_column(one_line_mailboxes(mailing.names, mailing.addresses)),
        b'"],"tags":[{"name":"mid","value":"',
        json_column(mailing.ids),
        f'"}}],{_attachments(mailing.content)}"headers":{{'.encode(),
        *_headers(mailing),
        b'},"subject":',
        *texts.subject(mailing),
        b',"html":',
        *texts.html(mailing),
        b',"text":',
        *texts.text(mailing),
        b"}",
    ]


@lru_cache(maxsize=16)
def _senders(sender: Mailbox, reply_to: Mailbox | None) -> str:
    """In `from`, Resend refuses encoded words and quotation marks alike: the bare name, without what needs them."""
    address = ascii_address(sender.address)
    name = _FROM_SPECIALS.sub(" ", sender.name).strip()
    written = f'"from":{as_json(f"{name} <{address}>" if name else address)}'
    return written if reply_to is None else f'{written},"reply_to":[{as_json(one_line_mailbox(reply_to))}]'


def _attachments(content: Content) -> str:
    written = [
        {"filename": each.name, "content_type": each.content_type, "content": base64_of(each)}
        | ({"content_id": each.content_id} if each.content_id is not None else {})
        for each in content.attachments
    ]
    return f'"attachments":{as_json(written)},' if written else ""


def _headers(mailing: Mailing) -> Iterator[bytes | Column]:
    for number, (name, value) in enumerate(mailing.headers):
        yield f'{"," if number else ""}{as_json(name)}:"'.encode()
        if isinstance(value, str):
            yield as_json(ascii_header(name, value))[1:-1].encode()
        else:
            yield json_column([ascii_header(name, each) for each in value])
        yield b'"'


def _require(message: Message) -> None:
    """Raises InputError for what no mail may hold, and for what Resend cannot carry."""
    require_sendable(message)
    if len({name.lower() for name, _ in message.headers}) < len(message.headers):
        raise InputError("The mail has a header twice.", "Resend takes each once: join them.")
    for attachment in message.attachments:
        _require_agreement(attachment)


def _require_agreement(attachment: Attachment) -> None:
    """Resend takes a mail whose attachment's ending belongs to another type, and never sends it."""
    expected = _TYPES.guess_type(attachment.name)[0]
    if expected is not None and expected != attachment.content_type:
        raise InputError(
            f"The attachment {attachment.name} is said to be {attachment.content_type}.",
            f"Rename it, or say {expected}.",
        )


def _single(answer: dict[str, object]) -> Result:
    match answer:
        case {"id": str(id)} if id:
            return Result(outcome=Outcome.ACCEPTED, provider_message_id=id)
    raise senseless("Resend")


def _batch(answer: dict[str, object], count: int) -> list[Result]:
    """`errors` name the refused by their index; `data` has the ids of all others, in order."""
    refused = dict(_refused(item) for item in _items(answer, "errors"))
    accepted = [_single(item) for item in _items(answer, "data")]
    if len(refused) + len(accepted) != count or not all(0 <= index < count for index in refused):
        raise senseless("Resend")
    rest = iter(accepted)
    return [refused.get(index) or next(rest) for index in range(count)]


def _items(answer: dict[str, object], name: str) -> list[dict[str, object]]:
    items = answer.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise senseless("Resend")
    return items


def _refused(item: dict[str, object]) -> tuple[int, Result]:
    match item:
        case {"index": int(index), "message": str(message)}:
            return index, Result(outcome=Outcome.REJECTED, reason=tidy(message))
    raise senseless("Resend")


def _fault(response: requests.Response, name: str, said: str) -> ProviderError:
    """What a status means for all mails of the call."""
    status = response.status_code
    if status == 409:
        return _conflict(name, said)
    if status == 429:
        return ProviderError(
            f"Resend asks to wait: {said}.",
            "Nothing to do; a larger plan at Resend would lift its quota." if name in _QUOTAS else "",
            retry_after=_DAY if name in _QUOTAS else retry_after(response) or _SECOND,
        )
    if status >= 500 or status == 408:
        # It may have failed after taking the mail. The replay under the same key tells.
        return ProviderError(f"Resend failed: {said}.", in_doubt=True, retry_after=retry_after(response))
    if status == 401 or name == "invalid_api_key":
        return ProviderError("Resend does not accept the key.", f"Put a valid one into {KEY_SETTING}; the mail waits.")
    if status == 403 or name == "invalid_from_address":
        return ProviderError(
            f"Resend refuses the sender: {said}.",
            f"Verify the sender's domain at Resend, for the account of {KEY_SETTING}; the mail waits.",
        )
    permanent = status in _REFUSED and name not in _OURS
    return ProviderError(f"Resend refuses the call ({status}): {said}.", "Check its settings.", permanent=permanent)


def _conflict(name: str, said: str) -> ProviderError:
    if name == "invalid_idempotent_request":
        return ProviderError(
            f"Resend knows this call with other content: {said}.",
            "See in Resend's list of emails whether these went out, then settle them by hand.",
            in_doubt=True,
        )
    # concurrent_idempotent_requests: the first call is still at work, and its answer can be had a little later.
    return ProviderError(f"Resend is still busy with this call: {said}.", in_doubt=True, retry_after=5 * _SECOND)
