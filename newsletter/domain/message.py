"""A message: one mail to one person, as every mail service takes it."""

from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.attachment import Attachment
from newsletter.domain.content import Content, Fields
from subscribers.consent import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A name, possibly empty, and an address in its normal form."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The finished mail. Two messages built from the same frozen inputs are equal, byte for byte.

    `id` is ours, opaque, and stays the same however often the mail is tried. `date` is when its call was prepared
    (aware, UTC). `content` is shared by all messages of an edition, `fields` are this reader's: a service that fills
    templates itself may take them apart, any other reads `subject`, `html` and `text`. `headers` are further headers
    in order, such as List-Unsubscribe; never From, To, Subject, Date, Message-ID or MIME headers.
    """

    id: str
    stream: Stream
    sender: Mailbox
    to: Mailbox
    content: Content
    fields: Fields
    date: datetime
    reply_to: Mailbox | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def message_id(self) -> str:
        """The Message-ID header, angle brackets included."""
        return f"<{self.id}@{self.sender.domain}>"

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.content.attachments

    @property
    def subject(self) -> str:
        return self.content.subject(self.fields)

    @property
    def html(self) -> str:
        return self.content.html(self.fields)

    @property
    def text(self) -> str:
        return self.content.text(self.fields)
