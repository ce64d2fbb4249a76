"""From a frozen edition and its frozen readers to messages: the same inputs always make the same mails."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache

from newsletter.domain.content import Content
from newsletter.domain.delivery import Member, Members
from newsletter.domain.edition import Edition
from newsletter.domain.mailing import Column, Mailing
from newsletter.domain.slots import Slot
from newsletter.domain.studio import Studio
from newsletter.rendering.links import Links
from subscribers.consent import Stream

CONFIRM_WITHIN = timedelta(days=7)
DATA_WITHIN = timedelta(hours=24)
_LIST_NAMES = {Stream.MARKETING: "newsletter", Stream.CARE: "notes", Stream.SERVICE: "service"}  # discreet by default


class MessageFactory:
    """Builds one studio's messages. `store_id` makes their ids unlike those of every other store."""

    def __init__(self, studio: Studio, links: Links, store_id: str) -> None:
        self._studio = studio
        self._links = links
        self._store_id = store_id
        self._contents = lru_cache(maxsize=16)(Content.of)

    def build(self, edition: Edition, members: Sequence[Member], date: datetime) -> Mailing:
        """One message a member, in order. `date` (aware, UTC) is when their call was prepared.

        `fields` has what the slots of the edition ask for, and nothing else.
        """
        readers, content = Members.of(members), self._contents(edition)
        writer = self._writer(readers)
        columns = {slot: cache(column) for slot, column in self._columns(readers, edition.stream, date).items()}
        return Mailing(
            stream=edition.stream,
            sender=writer.sender,
            content=content,
            date=date,
            reply_to=writer.reply_to,
            ids=[f"{self._store_id}-{each}" for each in readers.delivery_id],
            addresses=readers.email,
            names=readers.name,
            fields={slot: columns[slot]() for slot in _slots(content) if slot in columns},
            headers=self._headers(content, edition.stream, columns["unsubscribe_url"]),
        )

    def _writer(self, readers: Members) -> Studio:
        """The studio as the practitioner of all these readers writes for it; a call has one sender, and so one of
        her."""
        if not self._studio.practitioners:
            return self._studio
        writers = {self._studio.written_by(name) for name in set(readers.practitioner)}
        return writers.pop() if len(writers) == 1 else self._studio

    def delivery_id(self, message_id: str) -> int | None:
        """The delivery that a message id of ours belongs to; None for an id that is not of this store."""
        store, _, number = message_id.rpartition("-")
        return int(number) if store == self._store_id and number.isdecimal() else None

    def _columns(self, readers: Members, stream: Stream, date: datetime) -> dict[str, Callable[[], Column]]:
        """What fills each slot."""
        links, hers = self._links, readers.subscriber_id
        leave = cache(lambda: links.unsubscribe_urls(hers, stream))
        columns: dict[str, Callable[[], Column]] = {
            "first_name": lambda: readers.first_name,
            "practitioner": lambda: [self._studio.signature_of(each) for each in readers.practitioner],
            "unsubscribe_url": leave,
            "preferences_url": lambda: links.preferences_of(leave()),
            "view_url": lambda: links.view_urls(readers.delivery_id),
        }
        if stream is Stream.MARKETING:  # no other mail can be tracked, whatever its template holds
            columns["click_url"] = lambda: links.click_urls(readers.delivery_id)
            columns["open_url"] = lambda: links.open_urls(readers.delivery_id)
        if stream is Stream.SERVICE:
            columns["confirm_url"] = lambda: [links.confirm_url(each, date + CONFIRM_WITHIN) for each in hers]
            columns["data_url"] = lambda: [links.data_url(each, date + DATA_WITHIN) for each in hers]
        return columns

    def _headers(
        self, content: Content, stream: Stream, unsubscribe_urls: Callable[[], Column]
    ) -> tuple[tuple[str, str | list[str]], ...]:
        """RFC 8058 (one click), RFC 2919 (List-Id), RFC 3834 (Auto-Submitted), and Gmail's Feedback-ID."""
        list_name = _LIST_NAMES[stream]
        headers: list[tuple[str, str | list[str]]] = [("List-Id", f"<{list_name}.{self._studio.sender.domain}>")]
        if stream is not Stream.SERVICE:
            headers += [
                ("List-Unsubscribe", [f"<{each}>" for each in unsubscribe_urls()]),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        if stream is Stream.MARKETING:
            headers.append(("Feedback-ID", f"{content.digest[:12]}:{list_name}:{self._store_id}"))
        else:
            headers.append(("Auto-Submitted", "auto-generated"))
        return tuple(headers)


@lru_cache(maxsize=16)
def _slots(content: Content) -> tuple[str, ...]:
    parts = (*content.subject_parts, *content.html_parts, *content.text_parts)
    return tuple(dict.fromkeys(part.name for part in parts if isinstance(part, Slot)))
