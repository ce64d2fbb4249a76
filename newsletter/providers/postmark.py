"""Postmark (https://postmarkapp.com/developer): up to 500 mails a call, an answer for each, and a look-up by our id.

Postmark knows no idempotency keys. What became of a lost answer is asked for by the mail's metadata; its index lags, so
that "found" is certain and "not found" proves nothing.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from urllib.parse import quote

import requests

from newsletter.domain.attachment import Attachment
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.mailing import Column, Mailing
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.answers import error_object, moment, objects, parsed, parsed_object, retry_after, senseless
from newsletter.providers.base import Capabilities, LookUp, Suppressed, require_batch, send_mailings
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Token, get, post, session
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
    require_ascii_recipient,
    require_sendable,
)
from subscribers.consent import Stream
from subscribers.suppression import Reason

TOKEN_SETTING = "AFTERGLOW_POSTMARK_TOKEN"  # noqa: S105 - its name, not the token
LARGEST_CALL = 50_000_000  # bytes: "50 MB payload size, including attachments"
_LARGEST_MAIL = 10_000_000  # bytes: "total message size, including attachments, can be 10 MB", after base64

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_MINUTE = timedelta(minutes=1)  # Postmark publishes no limits and sends no Retry-After
# https://postmarkapp.com/developer/api/overview#error-codes
_REFUSED = frozenset({300, 406, 411})  # invalid request, inactive recipient, forbidden attachment
_THROTTLED = 429
_OURS = frozenset({10, 100, 400, 401, 405, 412, 413, _THROTTLED})  # token, maintenance, sender, credits, account
_SUPPRESSED = {"HardBounce": Reason.HARD_BOUNCE, "SpamComplaint": Reason.COMPLAINT}
_STREAMS = range(1200, 1300)  # "the MessageStream provided does not exist" and its like
_OUR_FIELD = re.compile(r"'(From|Reply-?To|MessageStream)'", re.IGNORECASE)  # "Invalid 'From' address: '...'"


class PostmarkProvider:
    """`broadcast_stream` carries newsletters, `outbound_stream` all else: Postmark keeps their reputations apart.

    `timeout` is for connecting and for reading, in seconds. Raises SettingsError for a `token` that cannot be one.
    """

    name = "postmark"
    # After a lost answer each mail is asked about by itself, and 500 questions take minutes.
    capabilities = Capabilities(
        batch=500,
        attached_batch=500,
        most_bytes=LARGEST_CALL,
        ascii_only=True,
        longest_call=timedelta(minutes=10),
        look_up=LookUp.POSITIVE,
    )

    def __init__(
        self,
        token: str,
        base_url: str = "https://api.postmarkapp.com",
        *,
        broadcast_stream: str = "broadcast",
        outbound_stream: str = "outbound",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        self._token = Token(token, TOKEN_SETTING, "X-Postmark-Server-Token")
        self._session = session(self._token)
        self._base_url = base_url.rstrip("/")
        self._broadcast_stream = broadcast_stream
        self._outbound_stream = outbound_stream
        self._timeout = timeout

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - it knows no keys
        """One call; what is more than its 50 MB waits for the next."""
        require_batch(self, messages)
        return send_mailings(messages, _require, _are_like_first, self._send)

    def look_up(self, message: Message) -> Result:
        """By our id in the metadata. Raises ProviderError where Postmark does not answer."""
        query = {
            "count": "50",
            "offset": "0",
            "recipient": ascii_address(message.to.address),
            "metadata_mid": message.id,
            "messagestream": self._stream(message),
        }
        response = get(self._session, "Postmark", f"{self._base_url}/messages/outbound", query, self._timeout)
        if response.status_code != 200:
            raise self._fault(response)
        found = parsed_object("Postmark", response).get("Messages")
        for item in found if isinstance(found, list) else ():
            match item:
                # The id again: a service that ignored the filter must not make a mail accepted.
                case {"MessageID": str(id), "Metadata": {"mid": message.id}} if id:
                    return Result(outcome=Outcome.ACCEPTED, provider_message_id=id)
        return Result(outcome=Outcome.UNKNOWN, reason="Postmark does not list the mail, or not yet.")

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """Of both streams, each of which keeps its own list; Postmark counts days in Eastern time."""
        query = {"fromdate": f"{since - timedelta(days=1):%Y-%m-%d}"}
        for stream in dict.fromkeys((self._broadcast_stream, self._outbound_stream)):
            url = f"{self._base_url}/message-streams/{quote(stream, safe='')}/suppressions/dump"
            response = get(self._session, "Postmark", url, query, self._timeout)
            if response.status_code != 200:
                raise self._fault(response)
            for entry in objects("Postmark", parsed_object("Postmark", response).get("Suppressions")):
                if isinstance(address := entry.get("EmailAddress"), str):
                    yield Suppressed(address=address, reason=_reason(entry), at=moment(entry.get("CreatedAt")))

    def close(self) -> None:
        self._session.close()

    def _pattern(self, mailing: Mailing) -> Pattern:
        """A mail in Postmark's words; of ours, it learns the id and nothing else. No trackers."""
        texts = json_texts(mailing.content)
        shared: dict[str, object] = {
            "From": one_line_mailbox(mailing.sender),
            "MessageStream": self._stream(mailing),
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if mailing.reply_to is not None:
            shared["ReplyTo"] = one_line_mailbox(mailing.reply_to)
        if mailing.content.attachments:
            shared["Attachments"] = [_attachment(each) for each in mailing.content.attachments]
        return [
            f'{as_json(shared)[:-1]},"To":"'.encode(),
            json_column(one_line_mailboxes(mailing.names, mailing.addresses)),
            b'","Metadata":{"mid":"',
            json_column(mailing.ids),
            b'"},"Headers":[',
            *_headers(mailing),
            b'],"Subject":',
            *texts.subject(mailing),
            b',"HtmlBody":',
            *texts.html(mailing),
            b',"TextBody":',
            *texts.text(mailing),
            b"}",
        ]

    def _stream(self, mail: Mailing | Message) -> str:
        return self._broadcast_stream if mail.stream is Stream.MARKETING else self._outbound_stream

    def _send(self, going: Sequence[Mailing]) -> list[Result]:
        mails = [mail for mailing in going for mail in weave(self._pattern(mailing), len(mailing))]
        room = _room(mails)
        body = Parts(listed(mails[:room], b"[", b"]"))
        response = post(self._session, "Postmark", f"{self._base_url}/email/batch", body, _JSON, self._timeout)
        if not 200 <= response.status_code < 300:
            raise self._fault(response)
        answer = parsed("Postmark", response)
        if not isinstance(answer, list) or len(answer) != room:
            raise senseless("Postmark")
        results = [self._result(item) for item in answer]
        if all(result.outcome is Outcome.NOT_SENT for result in results):
            raise self._unwilling(answer[0], results[0].reason)
        waiting = Result(outcome=Outcome.NOT_SENT, reason="The call to Postmark was full; the mail goes with the next.")
        return [*results, *[waiting] * (len(mails) - room)]

    def _result(self, item: object) -> Result:
        match item:
            # "Message accepted, but delivery may be delayed" comes without a code (django-anymail, issue 392).
            case {"MessageID": str(id), **rest} if id and rest.get("ErrorCode", 0) == 0:
                return Result(outcome=Outcome.ACCEPTED, provider_message_id=id)
            case {"ErrorCode": int(code), "Message": str(message)} if code:
                said = tidy(self._token.redact(message))
                return Result(outcome=_outcome(code, message), reason=f"Postmark: {said} ({code}).")
        return Result(outcome=Outcome.UNKNOWN, reason="Postmark gave an answer that makes no sense.")

    def _unwilling(self, item: object, reason: str) -> ProviderError:
        """No mail was taken, and none was to blame: no attempt is counted."""
        throttled = isinstance(item, dict) and item.get("ErrorCode") == _THROTTLED
        return ProviderError(
            reason,
            "" if throttled else f"Mend it at Postmark, in the server of {TOKEN_SETTING}; the mail waits.",
            retry_after=_MINUTE if throttled else None,
        )

    def _fault(self, response: requests.Response) -> ProviderError:
        """What an answer means for all mails of the call."""
        status, error = response.status_code, error_object(response)
        code, message = error.get("ErrorCode"), error.get("Message")
        said = tidy(self._token.redact(message)) if isinstance(message, str) else f"it answered {status}"
        if status == 429 or code == _THROTTLED:
            return ProviderError(f"Postmark asks to wait: {said}.", retry_after=retry_after(response) or _MINUTE)
        if status >= 500 or status == 408:
            return ProviderError(f"Postmark failed: {said}.", in_doubt=True, retry_after=retry_after(response))
        if status == 401 or code == 10:
            return ProviderError(
                "Postmark does not accept the token.", f"Put a valid one into {TOKEN_SETTING}; the mail waits."
            )
        permanent = isinstance(code, int) and _outcome(code, said) is Outcome.REJECTED
        return ProviderError(
            f"Postmark refuses the call ({status}): {said}.",
            f"Check Postmark's settings and {TOKEN_SETTING}.",
            permanent=permanent,
        )


def _outcome(code: int, message: str) -> Outcome:
    """What Postmark's code means for a mail; a code nobody has written down may mean anything."""
    if code in _REFUSED:
        return Outcome.NOT_SENT if _OUR_FIELD.search(message) else Outcome.REJECTED
    return Outcome.NOT_SENT if code in _OURS or code in _STREAMS else Outcome.UNKNOWN


def _attachment(attachment: Attachment) -> dict[str, str]:
    written = {
        "Name": attachment.name,
        "ContentType": attachment.content_type,
        "Content": base64_of(attachment),
    }
    return written | ({"ContentID": f"cid:{attachment.content_id}"} if attachment.is_inline else {})


def _headers(mailing: Mailing) -> Iterator[bytes | Column]:
    for number, (name, value) in enumerate(mailing.headers):
        yield f'{"," if number else ""}{{"Name":{as_json(name)},"Value":"'.encode()
        if isinstance(value, str):
            yield as_json(ascii_header(name, value))[1:-1].encode()
        else:
            yield json_column([ascii_header(name, each) for each in value])
        yield b'"}'


def _reason(entry: dict[str, object]) -> Reason:
    """What was entered by hand is her own word only where Postmark names her as its origin."""
    match entry:
        case {"SuppressionReason": "ManualSuppression", "Origin": "Recipient"}:
            return Reason.UNSUBSCRIBE
        case {"SuppressionReason": str(given)}:
            return _SUPPRESSED.get(given, Reason.BY_HAND)
    return Reason.BY_HAND


def _require(message: Message) -> None:
    """Raises InputError for what no mail may hold, and for whom Postmark cannot write to."""
    require_sendable(message)
    require_ascii_recipient(message)
    if sum(len(base64_of(each)) for each in message.attachments) > _LARGEST_MAIL:
        raise InputError(f"The attachments are larger than Postmark takes ({_LARGEST_MAIL} bytes).", "Attach less.")


def _are_like_first(mailing: Mailing) -> bool:
    return all_sendable(mailing) and "".join(mailing.addresses).isascii()


def _room(mails: Sequence[Sequence[bytes]]) -> int:
    """How many mails one call can carry, and at least one: whether a single mail is too large is Postmark's to say."""
    ends = accumulate(sum(map(len, mail)) + 1 for mail in mails)
    return max(1, sum(end < LARGEST_CALL for end in ends))
