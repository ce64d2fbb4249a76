"""Composing: an issue, a care note or a confirmation becomes a frozen edition in the studio's dress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import quote

from newsletter.domain.aftercare import CareNote, SafetyBlock, with_line
from newsletter.domain.article import Article, Block, CallToAction, Heading, Paragraph, inline
from newsletter.domain.edition import Edition
from newsletter.domain.holiday import Holiday
from newsletter.domain.issue import Issue, Kind
from newsletter.domain.studio import Studio
from newsletter.domain.suggestions import flat, subject_of
from newsletter.errors import InputError, TemplateError
from newsletter.rendering import cldr, language, preheader
from newsletter.rendering.blocks import Addresses, opening, paragraphs, settle, slotted
from newsletter.rendering.letterhead import Letterhead
from newsletter.rendering.skeleton import Slotted
from newsletter.rendering.templates import Templates
from newsletter.rendering.words import ENGLISH
from subscribers.consent import Stream

MOST_BYTES = 78_000  # of HTML, so that it stays below 80,000 with its slots filled: Gmail clips near 102 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An article as a template shows it.

    `about` is its date and reading time, `href` where it can be read in full, `label` its title as a button has room
    for it, and `continues` says that only its beginning is shown.
    """

    title: str
    label: str
    dek: str | None
    about: str
    href: str
    blocks: tuple[Block, ...]
    continues: bool


def newsletter(issue: Issue, studio: Studio, templates: Templates) -> Edition:
    """The issue in its design. Slots are recognised in its subject and preheader, never in an article.

    An article that mailboxes would clip ends after a whole section, with a link to the rest.
    Raises InputError for an issue without articles, TemplateError for a template that cannot be used.
    """
    if not issue.articles:
        raise InputError("The issue has no article.", "Add one, then compose it again.")
    head = Letterhead(studio, templates, issue.articles[0].language, issue.design)
    shown = issue.articles if issue.kind is Kind.DIGEST else issue.articles[:1]
    pieces = [_piece(article, issue, head) for article in shown]
    edition = _newsletter(issue, pieces, head)
    if issue.kind is Kind.ARTICLE and _is_long(edition):
        return _cut(issue, pieces[0], head)
    return edition


def care(
    note: CareNote,
    safety: Sequence[SafetyBlock],
    studio: Studio,
    templates: Templates,
    holiday: Holiday | None = None,
) -> Edition:
    """A care mail: the note, then its safety blocks. Whatever the note holds, it leads to no booking page.

    During a `holiday` it says, above the signature, until when and whom to turn to meanwhile.
    """
    head = Letterhead(studio, templates, note.language)
    if holiday is not None:
        note = with_line(note, _away(holiday, head))
    return _note(
        note,
        Stream.CARE,
        "aftercare/note",
        head,
        **_care_parts(note, safety, head, holiday),
        why=head.say("why_care", studio=studio.name),
        unsubscribe=head.say("unsubscribe_care"),
    )


def care_card(
    note: CareNote,
    safety: Sequence[SafetyBlock],
    studio: Studio,
    templates: Templates,
    holiday: Holiday | None = None,
) -> tuple[Letterhead, dict[str, object]]:
    """All that a care mail says, to be laid out on paper: its letterhead, and its parts by name, with their slots."""
    head = Letterhead(studio, templates, note.language)
    if holiday is not None:
        note = with_line(note, _away(holiday, head))
    parts = {"heading": note.title, "note": _noted(note.blocks, studio)} | _care_parts(note, safety, head, holiday)
    return head, parts


def _care_parts(
    note: CareNote, safety: Sequence[SafetyBlock], head: Letterhead, holiday: Holiday | None
) -> dict[str, object]:
    """What a care mail says below the words of its note."""
    return {
        "safety_blocks": [replace(block, blocks=_noted(block.blocks, head.studio)) for block in safety],
        "reply": _reply(note, head.studio),
        "reply_words": head.say("away_reply" if holiday else "reply"),
        "reply_label": note.reply or head.say("write", name=head.studio.practitioner),
    }


def invitation(note: CareNote, studio: Studio, templates: Templates) -> Edition:
    """An invitation: the note, its buttons leading to the booking page, in the frame of a newsletter."""
    head = Letterhead(studio, templates, note.language)
    return _note(
        note,
        Stream.MARKETING,
        "invitation/note",
        head,
        parts=_parts(note),
        why=head.say("why_newsletter", studio=studio.name),
        unsubscribe=head.say("unsubscribe_invitation"),
    )


def service(note: CareNote, studio: Studio, templates: Templates, button: tuple[str, str] | None) -> Edition:
    """A confirmation: the note, and a button as (label, address); the address may be a slot, `[[ confirm_url ]]`."""
    head = Letterhead(studio, templates, note.language)
    return _note(
        note,
        Stream.SERVICE,
        "service/note",
        head,
        button={"label": button[0], "href": Slotted(button[1])} if button else None,
        why=head.say("why_service", studio=studio.name),
        unsubscribe=None,
    )


def worded(kind: str, tag: str, address: str, studio: Studio, templates: Templates, **values: object) -> Edition:
    """A mail of the service stream in the words of its kind: in the language of the tag, or in English without any.

    `address` is where its button leads, possibly a slot; `values` stand in the words beside the studio's name.
    """
    words = templates.words(language.primary(tag))
    if f"{kind}_subject" not in words:
        words = templates.words(ENGLISH)

    def say(part: str) -> str:
        return words.say(f"{kind}_{part}", studio=studio.name, **values)

    note = CareNote(
        subject=say("subject"),
        preheader=say("preheader"),
        title=say("title"),
        blocks=(Paragraph(spans=inline(say("text"))), Paragraph(spans=inline(say("ignore")))),
        language=words.language,
    )
    return service(note, studio, templates, (say("button"), address))


def _newsletter(issue: Issue, pieces: Sequence[Piece], head: Letterhead) -> Edition:
    addresses = _addresses(issue, issue.articles[0], head.studio)
    return head.compose(
        Stream.MARKETING,
        f"newsletter/{issue.kind}",
        Slotted(issue.subject) if issue.subject else _subject(issue, head),
        Slotted(issue.preheader) if issue.preheader else _preview(issue, head),
        home=addresses.link(head.studio.website),
        note=settle(paragraphs(issue.note or ""), addresses),
        articles=pieces,
        reply=None if _asks_for_something(pieces) else f"mailto:{head.studio.reply_to.address}",
        why=head.say("why_newsletter", studio=head.studio.name),
        unsubscribe=head.say("unsubscribe_newsletter"),
        tracked=head.say("tracked") if issue.tracked else None,
    )


def _asks_for_something(pieces: Iterable[Piece]) -> bool:
    """Whether a button in the articles already leads on."""
    return any(
        piece.continues or any(isinstance(block, CallToAction) and block.href for block in piece.blocks)
        for piece in pieces
    )


def _piece(article: Article, issue: Issue, head: Letterhead) -> Piece:
    addresses = _addresses(issue, article, head.studio)
    in_full = issue.kind is Kind.ARTICLE
    shown = article.blocks if in_full else opening(article)
    return Piece(
        title=article.title,
        label=preheader.label_of(article),
        dek=article.dek,
        about=_about(article, head),
        href=addresses.post(article.title) or addresses.base,
        blocks=settle(shown, addresses, top=3 if issue.kind is Kind.DIGEST else 2),
        continues=not in_full,
    )


def _about(article: Article, head: Letterhead) -> str:
    day = cldr.long_date(article.date, head.words.language, head.studio.country) if article.date else None
    minutes = head.say("minutes", minutes=language.reading_minutes(article.blocks))
    return " · ".join(filter(None, (article.author, day, minutes)))


def _cut(issue: Issue, piece: Piece, head: Letterhead) -> Edition:
    """The longest beginning that is not clipped: whole sections, or whole blocks where the first section is long."""
    headings = [number for number, block in enumerate(piece.blocks) if number and isinstance(block, Heading)]
    beginnings = headings or [1]

    def edition(end: int) -> Edition:
        return _newsletter(issue, [replace(piece, blocks=piece.blocks[:end], continues=True)], head)

    if _is_long(edition(beginnings[0])):
        beginnings = list(range(1, beginnings[0] + 1))
    fitting = edition(beginnings[0])
    low, high = 1, len(beginnings)
    while low < high:
        middle = (low + high) // 2
        longer = edition(beginnings[middle])
        if _is_long(longer):
            high = middle
        else:
            fitting, low = longer, middle + 1
    return fitting


def _is_long(edition: Edition) -> bool:
    return len(edition.html.encode()) > MOST_BYTES


def _subject(issue: Issue, head: Letterhead) -> str:
    if issue.kind is Kind.DIGEST:
        return head.say("digest", studio=head.studio.name)
    return subject_of(issue.articles[0])


def _preview(issue: Issue, head: Letterhead) -> str:
    """What the articles say of themselves; where that is too little for an inbox, who writes."""
    if issue.kind is Kind.DIGEST:
        said = preheader.shorten(" · ".join(flat(article.title) for article in issue.articles))
    else:
        said = preheader.preheader_of(issue.articles[0])
    if len(said) >= preheader.LEAST:
        return said
    who = head.say("preview", name=head.studio.practitioner, studio=head.studio.name)
    return preheader.shorten(" · ".join(filter(None, (said, who))))


def _addresses(issue: Issue, article: Article, studio: Studio) -> Addresses:
    """Where the links of an article lead; relative ones from the address it came from, else from the studio's."""
    base = Addresses().picture(article.source) or studio.website
    return Addresses(posts=issue.addresses, booking=studio.booking_url, base=base)


def _note(note: CareNote, stream: Stream, name: str, head: Letterhead, **content: object) -> Edition:
    try:
        return head.compose(
            stream,
            name,
            Slotted(note.subject),
            Slotted(note.preheader),
            heading=note.title,
            note=_noted(note.blocks, head.studio),
            signature=_signature(head.studio),
            **content,
        )
    except TemplateError as error:
        raise TemplateError(f"“{note.title}”: {error.message}", error.remedy) from error


def _parts(note: CareNote) -> list[tuple[str, Sequence[Block]]]:
    """The note in passages: (what a button says, ()), or ("", blocks) between the buttons."""
    parts: list[tuple[str, Sequence[Block]]] = []
    for is_button, run in groupby(settle(slotted(note.blocks), Addresses()), _is_button):
        blocks = tuple(run)
        parts += [(Slotted(block.text), ()) for block in blocks] if is_button else [("", blocks)]
    return parts


def _is_button(block: Block) -> bool:
    return isinstance(block, CallToAction)


def _away(holiday: Holiday, head: Letterhead) -> str:
    """Until when the practitioner is away, and who is there meanwhile."""
    day = cldr.long_date(holiday.last_day, head.words.language, head.studio.country)
    return head.say("away_cover", day=day, cover=holiday.cover) if holiday.cover else head.say("away", day=day)


def _reply(note: CareNote, studio: Studio) -> str:
    """One tap opens an answer to the practitioner, with the words that the note offers."""
    body = f"?body={quote(note.reply)}" if note.reply else ""  # RFC 6068
    return f"mailto:{studio.reply_to.address}{body}"


def _noted(blocks: Iterable[Block], studio: Studio) -> tuple[Block, ...]:
    """Blocks that may hold slots; a call to the booking page as mere words, for care and confirmations never sell."""
    return tuple(
        Paragraph(spans=block.spans)
        if isinstance(block, CallToAction) and block.href in {None, studio.booking_url}
        else block
        for block in settle(slotted(blocks), Addresses())
    )


def _signature(studio: Studio) -> str:
    """The practitioner of the session, or the studio's own where her name may stand in a slot."""
    name = studio.practitioner
    return name if set(name) & set("[]|\n") else Slotted(f"[[ practitioner | {name} ]]")
