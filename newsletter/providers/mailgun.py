"""Mailgun (https://documentation.mailgun.com): one edition to up to 1,000 readers in one call, all or nothing.

A batch is one template and the readers' variables, and has one id for all. Mailgun knows no idempotency keys; what
became of a lost answer is asked for by reader and our id among its events, which lag: "not found" proves nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import requests

from newsletter.domain.content import Content
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.mailing import Column, Mailing, mailings
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers import form
from newsletter.providers.answers import error_object, moment, objects, parsed_object, result_of, retry_after, senseless
from newsletter.providers.base import Capabilities, LookUp, Suppressed, require_batch, send_mailings
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, Basic, get, post, session
from newsletter.providers.mailgun_template import is_read_by_mailgun, template_of
from newsletter.providers.wording import tidy
from newsletter.rendering.columns import listed, weave
from newsletter.rendering.json_texts import json_column
from newsletter.rendering.mime import (
    all_sendable,
    ascii_address,
    ascii_addresses,
    ascii_header,
    one_line_mailbox,
    one_line_mailboxes,
    require_ascii_recipient,
    require_sendable,
)
from subscribers.suppression import Reason

KEY_SETTING = "AFTERGLOW_MAILGUN_API_KEY"
DOMAIN_SETTING = "AFTERGLOW_MAILGUN_DOMAIN"
URL_SETTING = "AFTERGLOW_MAILGUN_URL"

_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")
_MOST_OPTIONS = 16_000  # bytes: "parameters starting with o:, h:, v:, or t: are limited to 16KB total"
_MOST_ATTACHED = 25_000_000  # bytes: "the maximum message size Mailgun supports is 25MB"
_LISTS = {"bounces": Reason.HARD_BOUNCE, "complaints": Reason.COMPLAINT, "unsubscribes": Reason.UNSUBSCRIBE}
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
    capabilities = Capabilities(
        batch=1000, attached_batch=1000, ascii_only=True, longest_call=timedelta(minutes=15), look_up=LookUp.POSITIVE
    )

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

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - it knows no keys
        """One call, unless Mailgun refuses one of its readers: then the others go in smaller ones.

        Raises InputError for messages that are not of one edition and one sender.
        """
        require_batch(self, messages)
        return send_mailings(messages, _require, _are_like_first, self._send)

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

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """List after list; all that Mailgun has, for it does not say in which order."""
        for name, reason in _LISTS.items():
            for entry in self._list(f"{self._base_url}/{name}"):
                at = moment(entry.get("created_at"))
                if isinstance(address := entry.get("address"), str) and (at is None or at >= since):
                    yield Suppressed(address=address, reason=reason, at=at, detail=tidy(str(entry.get("error") or "")))

    def _list(self, url: str) -> Iterator[dict[str, object]]:
        following: object = f"{url}?limit=1000"
        while isinstance(following, str) and following.startswith(f"{url}?"):  # the key goes nowhere else
            response = get(self._session, "Mailgun", following, {}, self._timeout)
            if response.status_code != 200:
                raise self._fault(response)
            answer = parsed_object("Mailgun", response)
            entries = objects("Mailgun", answer.get("items"))
            yield from entries
            paging = answer.get("paging")
            following = paging.get("next") if isinstance(paging, dict) and entries else None

    def close(self) -> None:
        self._session.close()

    def _send(self, going: Sequence[Mailing]) -> list[Result]:
        if len(going) > 1:
            raise InputError(
                "A call to Mailgun carries one edition from one sender.",
                "Send the mails of each edition in their own call.",
            )
        (mailing,) = going
        addresses = [address.lower() for address in mailing.addresses]
        if len(set(addresses)) == len(addresses):
            return self._deliver(mailing)
        first_of_each = {address: place for place, address in reversed([*enumerate(addresses)])}
        places = sorted(first_of_each.values())
        results = dict(zip(places, self._deliver(mailing.take(places)), strict=True))
        # "Duplicate addresses are automatically ignored."
        twice = Result(outcome=Outcome.NOT_SENT, reason="Another mail to this address goes first.")
        return [results.get(place, twice) for place in range(len(mailing))]

    def _deliver(self, mailing: Mailing) -> list[Result]:
        content_type, body = form.write(_fields(mailing), _files(mailing.content))
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        response = post(self._session, "Mailgun", f"{self._base_url}/messages", body, headers, self._timeout)
        if 200 <= response.status_code < 300:
            accepted = Result(outcome=Outcome.ACCEPTED, provider_message_id=_id(response))
            return [accepted] * len(mailing)
        said = self._said(response)
        if response.status_code != 400 or not _BAD_READER.search(said) or _OURS.search(said):
            raise self._fault(response)
        if len(mailing) == 1:
            return [Result(outcome=Outcome.REJECTED, reason=f"Mailgun: {said}.")]
        # Nothing was sent to anybody, for the sake of one reader whom Mailgun does not name.
        half = len(mailing) // 2
        return [*self._part(mailing[:half]), *self._part(mailing[half:])]

    def _part(self, mailing: Mailing) -> list[Result]:
        """A part of a call, whose fault is its own: the other part may be accepted."""
        try:
            return self._deliver(mailing)
        except ProviderError as error:
            return [result_of(error)] * len(mailing)

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


def _require(message: Message) -> None:
    """Raises InputError for what cannot be written in Mailgun's words."""
    require_sendable(message)
    require_ascii_recipient(message)
    if sum(len(each.content) * 4 // 3 for each in message.attachments) > _MOST_ATTACHED:
        raise InputError(f"The attachments are larger than Mailgun takes ({_MOST_ATTACHED} bytes).", "Attach less.")
    names = [name.lower() for name, _ in message.headers]
    if len(set(names)) < len(names):
        raise InputError("The mail has a header twice.", "Mailgun takes each once: join them.")
    for name, value in message.headers:
        if is_read_by_mailgun(value):
            raise InputError(f"The header {name} holds what Mailgun would fill in itself.", "Write it without %.")
    (alone,) = mailings([message])
    options, _ = _head(alone)
    if sum(len(name) + len(value) for name, value in options) > _MOST_OPTIONS:
        raise InputError(f"The headers are longer than Mailgun takes ({_MOST_OPTIONS} bytes).", "Shorten them.")


def _are_like_first(mailing: Mailing) -> bool:
    """Whether no message needs a look that the first one did not."""
    own = [value for _, value in mailing.headers if not isinstance(value, str)]
    return (
        all_sendable(mailing)
        and "".join(mailing.addresses).isascii()
        and not any("%" in "".join(column) for column in own)
        and sum(max(map(len, column)) for column in own) < _MOST_OPTIONS // 2
    )


def _fields(mailing: Mailing) -> list[form.Field]:
    """The form of a call: the template, and the variables that make each reader's mail of it."""
    template = template_of(mailing.content)
    options, own = _head(mailing)
    return [
        ("from", one_line_mailbox(mailing.sender).encode()),
        ("to", ", ".join(one_line_mailboxes(mailing.names, mailing.addresses)).encode()),
        *((name, value.encode()) for name, value in options),
        ("recipient-variables", _variables(mailing, own | template.columns(mailing))),
        *template.texts,
    ]


def _files(content: Content) -> list[form.File]:
    """Mailgun shows an image by the name of its file: `cid:` and that name."""
    return [
        form.File(
            field="inline" if each.is_inline else "attachment",
            name=each.content_id or each.name,
            content_type=each.content_type,
            content=each.content,
        )
        for each in content.attachments
    ]


def _variables(mailing: Mailing, columns: Mapping[str, Column]) -> bytes:
    """As JSON, the readers' addresses with their variables."""
    pattern: list[bytes | Column] = [b'"', ascii_addresses(mailing.addresses), b'":{"mid":"', mailing.ids, b'"']
    for name, column in columns.items():
        pattern += [f',"{name}":"'.encode(), json_column(column), b'"']
    return b"".join(listed(weave([*pattern, b"}"], len(mailing)), b"{", b"}"))


def _head(mailing: Mailing) -> tuple[list[tuple[str, str]], dict[str, Column]]:
    """The options of a call, and the variables by which a header is each reader's own, such as List-Unsubscribe.

    No trackers, and our id as the only mark.
    """
    options, own = [("o:tracking", "no"), ("v:mid", "%recipient.mid%")], dict[str, Column]()
    if mailing.reply_to is not None:
        options.append(("h:Reply-To", one_line_mailbox(mailing.reply_to)))
    if len(mailing) == 1:  # a batch has one id for all, and that is Mailgun's
        options.append(("h:Message-Id", f"<{ascii_address(mailing[0].message_id[1:-1])}>"))
    for name, value in mailing.headers:
        if isinstance(value, str) or len(set(value)) == 1:
            options.append((f"h:{name}", ascii_header(name, value if isinstance(value, str) else value[0])))
            continue
        values = [ascii_header(name, each) for each in value]
        # The brackets of an address stay in the header, as in Mailgun's own example.
        bracketed = all(each[:1] + each[-1:] == "<>" for each in values)
        variable = f"header_{name.lower().replace('-', '_')}"
        options.append((f"h:{name}", f"<%recipient.{variable}%>" if bracketed else f"%recipient.{variable}%"))
        own[variable] = [each[1:-1] for each in values] if bracketed else values
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
