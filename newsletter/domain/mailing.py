"""A mailing: the messages of one call, kept by columns, because all but a little of them is the same."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import overload

from newsletter.domain.content import Content
from newsletter.domain.message import Mailbox, Message
from subscribers.consent import Stream

Column = Sequence[str]  # a value for each message, in order


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mailing(Sequence[Message]):
    """Messages of one content and one sender, each of them made only when it is looked at.

    `fields` has a column for each slot, and `headers` one wherever a header is not the same for all.
    """

    stream: Stream
    sender: Mailbox
    content: Content
    date: datetime
    reply_to: Mailbox | None
    ids: Column
    addresses: Column
    names: Column
    fields: Mapping[str, Column]
    headers: tuple[tuple[str, str | list[str]], ...]

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> "Mailing": ...

    def __getitem__(self, index: int | slice) -> "Message | Mailing":
        return self.take(range(len(self))[index]) if isinstance(index, slice) else self._message(index)

    def take(self, places: Sequence[int]) -> "Mailing":
        """The mailing of those messages alone."""
        return Mailing(
            stream=self.stream,
            sender=self.sender,
            content=self.content,
            date=self.date,
            reply_to=self.reply_to,
            ids=[self.ids[place] for place in places],
            addresses=[self.addresses[place] for place in places],
            names=[self.names[place] for place in places],
            fields={name: [column[place] for place in places] for name, column in self.fields.items()},
            headers=tuple(
                (name, value if isinstance(value, str) else [value[place] for place in places])
                for name, value in self.headers
            ),
        )

    def _message(self, place: int) -> Message:
        return Message(
            id=self.ids[place],
            stream=self.stream,
            sender=self.sender,
            to=Mailbox(address=self.addresses[place], name=self.names[place]),
            content=self.content,
            fields={name: column[place] for name, column in self.fields.items()},
            date=self.date,
            reply_to=self.reply_to,
            headers=tuple((name, value if isinstance(value, str) else value[place]) for name, value in self.headers),
        )


def mailings(messages: Sequence[Message]) -> Iterator[Mailing]:
    """The same messages as mailings: one for each run of messages that may share one."""
    if isinstance(messages, Mailing):
        yield messages
        return
    for _, run in groupby(messages, key=_kind):
        yield _mailing(list(run))


def payload_hash(messages: Sequence[Message]) -> str:
    """SHA-256 in hex over all that makes the messages: equal hashes mean the very same mails."""
    digest = hashlib.sha256()
    for each in mailings(messages):
        digest.update(repr((each.content.digest, each.stream, each.sender, each.reply_to, each.date)).encode())
        who = (("id", each.ids), ("address", each.addresses), ("name", each.names))
        for name, values in (*who, *each.fields.items(), *each.headers):
            # NUL stands in no value: what holds one is refused before it leaves.
            written = "\0".join((name, values) if isinstance(values, str) else (name, *values))
            digest.update(written.encode("utf-8", "surrogatepass") + b"\0\0")
    return digest.hexdigest()


def _kind(message: Message) -> tuple[object, ...]:
    names = tuple(name for name, _ in message.headers)
    return message.content.digest, message.stream, message.sender, message.reply_to, message.date, names


def _mailing(messages: Sequence[Message]) -> Mailing:
    first = messages[0]
    slots = dict.fromkeys(name for message in messages for name in message.fields)
    columns = zip(*(message.headers for message in messages), strict=True)
    return Mailing(
        stream=first.stream,
        sender=first.sender,
        content=first.content,
        date=first.date,
        reply_to=first.reply_to,
        ids=[message.id for message in messages],
        addresses=[message.to.address for message in messages],
        names=[message.to.name for message in messages],
        fields={slot: [message.fields.get(slot, "") for message in messages] for slot in slots},
        headers=tuple((column[0][0], [value for _, value in column]) for column in columns),
    )
