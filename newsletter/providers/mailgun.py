"""Mailgun (https://documentation.mailgun.com): one edition to up to 1,000 readers in one call, all or nothing.

A batch is one template and the readers' variables, and has one id for all. Mailgun knows no idempotency keys; what
became of a lost answer is asked for by reader and our id among its events, which lag: "not found" proves nothing.
"""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote, urlencode

import requests

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers.answers import error_object, parsed_object, retry_after, senseless, tidy
from newsletter.providers.base import Capabilities, LookUp, require_batch, send_writable
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Basic, get, post, session
from newsletter.providers.mailgun_template import Template, is_read_by_mailgun
from newsletter.rendering.mime import (
    ascii_address,
    ascii_header,
    one_line_mailbox,
    require_ascii_recipient,
    require_sendable,
)

KEY_SETTING = "AFTERGLOW_MAILGUN_API_KEY"
DOMAIN_SETTING = "AFTERGLOW_MAILGUN_DOMAIN"
URL_SETTING = "AFTERGLOW_MAILGUN_URL"

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")
_MOST_OPTIONS = 16_000  # bytes: "parameters starting with o:, h:, v:, or t: are limited to 16KB total"
_MOST_TEMPLATES = 8
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_WAIT = re.compile(r"after ([0-9]{1,6}) seconds?")  # "limit exceeded, try again after 120 seconds"
_BAD_READER = re.compile(r"\bto parameter\b|\brecipient\b", re.IGNORECASE)  # "to parameter is not a valid address"
_OURS = re.compile(r"\bfrom parameter\b|domain|not allowed|account|verif", re.IGNORECASE)


class MailgunProvider:
    """`domain` is the sending domain at Mailgun; `base_url` tells its regions apart (https://api.eu.mailgun.net).

    `timeout` is for connecting and for reading, in seconds. Raises SettingsError for a key or a domain that cannot be.
    """

    name = "mailgun"
    # After a lost answer each mail is asked about by itself, and a thousand questions take minutes.
    capabilities = Capabilities(batch=1000, longest_call=timedelta(minutes=15), look_up=LookUp.POSITIVE)

    def __init__(
        self,
        api_key: str,
        domain: str,
        base_url: str = "https://api.mailgun.net",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        if not _DOMAIN.fullmatch(domain):
            raise SettingsError(f"{DOMAIN_SETTING} is no domain.", "Write it like mg.your-studio.example.")
        self._key = Basic(api_key, KEY_SETTING, "api")
        self._session = session(self._key)
        self._base_url = f"{base_url.rstrip('/')}/v3/{quote(domain, safe='')}"
        self._timeout = timeout
        self._templates: dict[str, Template] = {}

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - it knows no keys
        """One call, unless Mailgun refuses one of its readers: then the others go in smaller ones.

        Raises InputError for messages that are not of one edition and one sender.
        """
        require_batch(self, messages)
        return send_writable(messages, _checked, self._send)

    def look_up(self, message: Message) -> Result:
        """By reader and our id, which the events keep. Raises ProviderError where Mailgun does not answer."""
        query = {
            "recipient": ascii_address(message.to.address),
            "begin": str(int((message.date - _HOUR).timestamp())),  # our clock may be ahead of theirs
            "ascending": "yes",
            "limit": "300",
        }
        response = get(self._session, "Mailgun", f"{self._base_url}/events", query, self._timeout)
        if response.status_code != 200:
            raise self._fault(response)
        events = parsed_object("Mailgun", response).get("items")
        for event in events if isinstance(events, list) else ():
            match event:
                case {"event": "rejected", "user-variables": {"mid": message.id}}:
                    return Result(outcome=Outcome.REJECTED, reason=f"Mailgun: {_reject_reason(event)}.")
                case {"user-variables": {"mid": message.id}, "message": {"headers": {"message-id": str(id)}}}:
                    return Result(outcome=Outcome.ACCEPTED, provider_message_id=id.strip("<>"))
        return Result(outcome=Outcome.UNKNOWN, reason="Mailgun does not list the mail, or not yet.")

    def close(self) -> None:
        self._session.close()

    def _send(self, messages: Sequence[Message]) -> list[Result]:
        _require_one_edition(messages)
        first_of_each: dict[str, Message] = {}
        for message in messages:
            first_of_each.setdefault(message.to.address.lower(), message)
        going = list(first_of_each.values())
        results = {message.id: result for message, result in zip(going, self._deliver(going), strict=True)}
        # "Duplicate addresses are automatically ignored."
        twice = Result(outcome=Outcome.NOT_SENT, reason="Another mail to this address goes first.")
        return [results.get(message.id, twice) for message in messages]

    def _deliver(self, messages: Sequence[Message]) -> list[Result]:
        response = post(
            self._session, "Mailgun", f"{self._base_url}/messages", self._body(messages), _FORM, self._timeout
        )
        if response.status_code == 200:
            accepted = Result(outcome=Outcome.ACCEPTED, provider_message_id=_id(response))
            return [accepted] * len(messages)
        said = self._said(response)
        if response.status_code != 400 or not _BAD_READER.search(said) or _OURS.search(said):
            raise self._fault(response)
        if len(messages) == 1:
            return [Result(outcome=Outcome.REJECTED, reason=f"Mailgun: {said}.")]
        # Nothing was sent to anybody, for the sake of one reader whom Mailgun does not name.
        half = len(messages) // 2
        return [*self._part(messages[:half]), *self._part(messages[half:])]

    def _part(self, messages: Sequence[Message]) -> list[Result]:
        """A part of a call, whose fault is its own: the other part may be accepted."""
        try:
            return self._deliver(messages)
        except ProviderError as error:
            outcome = Outcome.REJECTED if error.permanent else Outcome.NOT_SENT
            result = Result(outcome=Outcome.UNKNOWN if error.in_doubt else outcome, reason=str(error))
            return [result] * len(messages)

    def _body(self, messages: Sequence[Message]) -> bytes:
        """The form of a call: the template is encoded once for all calls of its edition."""
        template = self._template(messages[0])
        options, own = _head(messages)
        variables = {
            ascii_address(message.to.address): template.values(message.fields) | hers
            for message, hers in zip(messages, own, strict=True)
        }
        fields = [
            ("from", one_line_mailbox(messages[0].sender)),
            *(("to", one_line_mailbox(message.to)) for message in messages),
            *options,
            ("recipient-variables", json.dumps(variables, separators=(",", ":"))),
        ]
        return f"{template.form}&{urlencode(fields)}".encode("ascii")

    def _template(self, message: Message) -> Template:
        content = message.content
        if content.digest not in self._templates:
            if len(self._templates) >= _MOST_TEMPLATES:
                del self._templates[next(iter(self._templates))]
            self._templates[content.digest] = Template.of(content)
        return self._templates[content.digest]

    def _said(self, response: requests.Response) -> str:
        message = error_object(response).get("message")
        return tidy(self._key.redact(message)) if isinstance(message, str) else f"it answered {response.status_code}"

    def _fault(self, response: requests.Response) -> ProviderError:
        """What an answer means for all mails of the call."""
        status, said = response.status_code, self._said(response)
        if status == 429:
            wait = _WAIT.search(said)
            pause = timedelta(seconds=int(wait[1])) if wait else retry_after(response) or _MINUTE
            return ProviderError(f"Mailgun asks to wait: {said}.", retry_after=pause)
        if status >= 500 or status == 408:
            return ProviderError(f"Mailgun failed: {said}.", in_doubt=True, retry_after=retry_after(response))
        if status == 401:
            return ProviderError(
                "Mailgun does not accept the key.", f"Put a valid one into {KEY_SETTING}; the mail waits."
            )
        permanent = status == 400 and not _OURS.search(said)
        return ProviderError(
            f"Mailgun refuses the call ({status}): {said}.",
            f"Check {DOMAIN_SETTING} and, for the region, {URL_SETTING}.",
            permanent=permanent,
        )


def _checked(message: Message) -> Message:
    """Raises InputError for what cannot be written in Mailgun's words."""
    require_sendable(message)
    require_ascii_recipient(message)
    names = [name.lower() for name, _ in message.headers]
    if len(set(names)) < len(names):
        raise InputError("The mail has a header twice.", "Mailgun takes each once: join them.")
    for name, value in message.headers:
        if is_read_by_mailgun(value):
            raise InputError(f"The header {name} holds what Mailgun would fill in itself.", "Write it without %.")
    options, _ = _head([message])
    if sum(len(name) + len(value) for name, value in options) > _MOST_OPTIONS:
        raise InputError(f"The headers are longer than Mailgun takes ({_MOST_OPTIONS} bytes).", "Shorten them.")
    return message


def _require_one_edition(messages: Sequence[Message]) -> None:
    kinds = {
        (message.content.digest, message.sender, message.reply_to, tuple(name for name, _ in message.headers))
        for message in messages
    }
    if len(kinds) > 1:
        raise InputError(
            "A call to Mailgun carries one edition from one sender.",
            "Send the mails of each edition in their own call.",
        )


def _head(messages: Sequence[Message]) -> tuple[list[tuple[str, str]], list[dict[str, str]]]:
    """The options of a call, and for each message the variables by which a header is hers, such as List-Unsubscribe.

    No trackers, and our id as the only mark.
    """
    first = messages[0]
    options = [("o:tracking", "no"), ("v:mid", "%recipient.mid%")]
    own = [{"mid": message.id} for message in messages]
    if first.reply_to is not None:
        options.append(("h:Reply-To", one_line_mailbox(first.reply_to)))
    if len(messages) == 1:  # a batch has one id for all, and that is Mailgun's
        options.append(("h:Message-Id", f"<{ascii_address(first.message_id[1:-1])}>"))
    for column in zip(*(message.headers for message in messages), strict=True):
        name = column[0][0]
        values = [ascii_header(name, value) for _, value in column]
        if len(set(values)) == 1:
            options.append((f"h:{name}", values[0]))
            continue
        # The brackets of an address stay in the header, as in Mailgun's own example.
        left, right = "<>" if all(value[:1] + value[-1:] == "<>" for value in values) else ("", "")
        variable = f"header_{name.lower().replace('-', '_')}"
        options.append((f"h:{name}", f"{left}%recipient.{variable}%{right}"))
        for variables, value in zip(own, values, strict=True):
            variables[variable] = value.removeprefix(left).removesuffix(right)
    return options, own


def _id(response: requests.Response) -> str:
    """The id without its brackets, as Mailgun's events have it."""
    if "Mailgun Magnificent API" in response.text:  # what it says, with a 200, to an address it does not know
        raise ProviderError("Mailgun does not know the address of the call.", f"Check {URL_SETTING}.")
    match parsed_object("Mailgun", response):
        case {"id": str(id)} if id.strip("<>"):
            return id.strip("<>")
    raise senseless("Mailgun")


def _reject_reason(event: dict[str, object]) -> str:
    match event.get("reject"):
        case {"reason": str(reason)}:
            return tidy(reason)
    return "it rejected the mail"
