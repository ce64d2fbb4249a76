"""From a frozen edition and its frozen readers to messages: the same inputs always make the same mails."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from newsletter.domain.content import Content
from newsletter.domain.delivery import Member
from newsletter.domain.edition import Edition
from newsletter.domain.message import Mailbox, Message
from newsletter.domain.studio import Studio
from newsletter.rendering.links import Links
from subscribers.consent import Stream

_LIST_NAMES = {Stream.MARKETING: "newsletter", Stream.CARE: "notes", Stream.SERVICE: "service"}  # discreet by default


class MessageFactory:
    """Builds one studio's messages. `store_id` makes their ids unlike those of every other store."""

    def __init__(self, studio: Studio, links: Links, store_id: str) -> None:
        self._studio = studio
        self._links = links
        self._store_id = store_id
        self._contents = lru_cache(maxsize=16)(Content.of)

    def build(self, edition: Edition, members: Sequence[Member], date: datetime) -> tuple[Message, ...]:
        """One message a member, in order. `date` (aware, UTC) is when their call was prepared."""
        content = self._contents(edition)
        return tuple(self._message(edition, content, member, date) for member in members)

    def delivery_id(self, message_id: str) -> int | None:
        """The delivery that a message id of ours belongs to; None for an id that is not of this store."""
        store, _, number = message_id.rpartition("-")
        return int(number) if store == self._store_id and number.isdecimal() else None

    def _message(self, edition: Edition, content: Content, member: Member, date: datetime) -> Message:
        unsubscribe = self._links.unsubscribe_url(member.subscriber_id, edition.stream)
        fields = {
            "first_name": member.first_name,
            "practitioner": member.practitioner or self._studio.practitioner,
            "unsubscribe_url": unsubscribe,
            "preferences_url": unsubscribe,
            "view_url": self._links.view_url(member.delivery_id),
        }
        return Message(
            id=f"{self._store_id}-{member.delivery_id}",
            stream=edition.stream,
            sender=self._studio.sender,
            to=Mailbox(address=member.email, name=member.name),
            content=content,
            fields=fields,
            date=date,
            reply_to=self._studio.reply_to,
            headers=self._headers(content, edition.stream, unsubscribe),
        )

    def _headers(self, content: Content, stream: Stream, unsubscribe: str) -> tuple[tuple[str, str], ...]:
        """RFC 8058 (one click), RFC 2919 (List-Id), RFC 3834 (Auto-Submitted), and Gmail's Feedback-ID."""
        list_name = _LIST_NAMES[stream]
        headers = [("List-Id", f"<{list_name}.{self._studio.sender.domain}>")]
        if stream is not Stream.SERVICE:
            headers += [
                ("List-Unsubscribe", f"<{unsubscribe}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        if stream is Stream.MARKETING:
            headers.append(("Feedback-ID", f"{content.digest[:12]}:{list_name}:{self._store_id}"))
        else:
            headers.append(("Auto-Submitted", "auto-generated"))
        return tuple(headers)
