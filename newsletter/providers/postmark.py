"""Postmark (https://postmarkapp.com/developer): up to 500 mails a call, an answer for each, and a look-up by our id.

Postmark knows no idempotency keys. What became of a lost answer is asked for by the mail's metadata; its index lags, so
that "found" is certain and "not found" proves nothing.
"""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

import requests

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import ProviderError
from newsletter.providers.answers import error_object, parsed, parsed_object, retry_after, senseless, tidy
from newsletter.providers.base import Capabilities, LookUp, require_batch, send_writable
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Token, get, post, session
from newsletter.rendering.mime import (
    ascii_address,
    ascii_header,
    one_line_mailbox,
    require_ascii_recipient,
    require_sendable,
)
from subscribers.consent import Stream

TOKEN_SETTING = "AFTERGLOW_POSTMARK_TOKEN"  # noqa: S105 - its name, not the token
LARGEST_CALL = 50_000_000  # bytes: "50 MB payload size, including attachments"

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_MINUTE = timedelta(minutes=1)  # Postmark publishes no limits and sends no Retry-After
# https://postmarkapp.com/developer/api/overview#error-codes
_REFUSED = frozenset({300, 406, 411})  # invalid request, inactive recipient, forbidden attachment
_THROTTLED = 429
_OURS = frozenset({10, 100, 400, 401, 405, 412, 413, _THROTTLED})  # token, maintenance, sender, credits, account
_STREAMS = range(1200, 1300)  # "the MessageStream provided does not exist" and its like
_OUR_FIELD = re.compile(r"'(From|Reply-?To|MessageStream)'", re.IGNORECASE)  # "Invalid 'From' address: '...'"


class PostmarkProvider:
    """`broadcast_stream` carries newsletters, `outbound_stream` all else: Postmark keeps their reputations apart.

    `timeout` is for connecting and for reading, in seconds. Raises SettingsError for a `token` that cannot be one.
    """

    name = "postmark"
    # After a lost answer each mail is asked about by itself, and 500 questions take minutes.
    capabilities = Capabilities(batch=500, longest_call=timedelta(minutes=10), look_up=LookUp.POSITIVE)

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
        return send_writable(messages, self._mail, self._send)

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

    def close(self) -> None:
        self._session.close()

    def _mail(self, message: Message) -> bytes:
        """One mail in Postmark's words; of ours, it learns the id and nothing else. No trackers."""
        require_sendable(message)
        require_ascii_recipient(message)
        mail: dict[str, object] = {
            "From": one_line_mailbox(message.sender),
            "To": one_line_mailbox(message.to),
            "Subject": message.subject,
            "HtmlBody": message.html,
            "TextBody": message.text,
            "Headers": [{"Name": name, "Value": ascii_header(name, value)} for name, value in message.headers],
            "Metadata": {"mid": message.id},
            "MessageStream": self._stream(message),
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if message.reply_to is not None:
            mail["ReplyTo"] = one_line_mailbox(message.reply_to)
        return json.dumps(mail, ensure_ascii=False, separators=(",", ":")).encode()

    def _stream(self, message: Message) -> str:
        return self._broadcast_stream if message.stream is Stream.MARKETING else self._outbound_stream

    def _send(self, mails: Sequence[bytes]) -> list[Result]:
        room = _room(mails)
        body = b"[" + b",".join(mails[:room]) + b"]"
        response = post(self._session, "Postmark", f"{self._base_url}/email/batch", body, _JSON, self._timeout)
        if response.status_code != 200:
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


def _room(mails: Sequence[bytes]) -> int:
    """How many mails one call can carry, and at least one: whether a single mail is too large is Postmark's to say."""
    ends = accumulate(len(mail) + 1 for mail in mails)
    return max(1, sum(end < LARGEST_CALL for end in ends))
