"""Rules on what can be known of a mail before it goes out."""

from dataclasses import replace

import pytest

from newsletter.domain.article import (
    Article,
    Block,
    CallToAction,
    Image,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Related,
    Span,
    Table,
    inline,
)
from newsletter.domain.edition import Edition
from newsletter.domain.finding import Finding, Severity
from newsletter.domain.preflight import CLIPPED, ROOMY, check_article, check_edition, check_sender
from subscribers.consent import Stream

EDITION = Edition(
    stream=Stream.MARKETING, language="en", subject="Spring", preheader="p" * 60, html="<p>Hello</p>", text="Hello"
)
INSECURE = "http://example.com/a"
LINKED = (Span(text="here", href=INSECURE),)


def rules(findings: list[Finding]) -> list[tuple[str, Severity]]:
    return [(finding.rule, finding.severity) for finding in findings]


def test_a_mail_of_usual_size_has_nothing_to_be_said_of() -> None:
    """No finding is a finding too."""
    assert list(check_edition(EDITION)) == []


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (ROOMY, []),
        (ROOMY + 1, [("size.clipped", Severity.WARNING)]),
        (CLIPPED, [("size.clipped", Severity.WARNING)]),
        (CLIPPED + 1, [("size.clipped", Severity.ERROR)]),
    ],
)
def test_a_mail_must_not_be_cut_off(size: int, found: list[tuple[str, Severity]]) -> None:
    """What Gmail cuts off first is the way to unsubscribe."""
    assert rules(list(check_edition(replace(EDITION, html="x" * size)))) == found


def test_a_mails_size_is_counted_in_bytes() -> None:
    """A letter may take several of them."""
    assert rules(list(check_edition(replace(EDITION, html="字" * 40_000)))) == [("size.clipped", Severity.ERROR)]


@pytest.mark.parametrize(("length", "fits"), [(0, False), (39, False), (40, True), (130, True), (131, False)])
def test_a_preview_line_has_a_length_that_shows(length: int, fits: bool) -> None:
    """It is advice, since nothing breaks."""
    found = rules(list(check_edition(replace(EDITION, preheader="p" * length))))
    assert found == ([] if fits else [("subject.preheader", Severity.ADVICE)])


@pytest.mark.parametrize(("alt", "found"), [(None, [("images.alt", Severity.WARNING)]), ("", []), ("A hand", [])])
def test_a_picture_has_a_description_or_is_decoration(alt: str | None, found: list[tuple[str, Severity]]) -> None:
    """An empty one was meant; a missing one was forgotten."""
    article = Article(title="Spring", blocks=(Image(src="https://example.com/a.jpg", alt=alt),))
    assert rules(list(check_article(article))) == found


@pytest.mark.parametrize(
    "block",
    [
        Paragraph(spans=LINKED),
        ListBlock(items=(ListItem(spans=LINKED),)),
        Quote(paragraphs=(LINKED,)),
        Table(rows=((LINKED,),)),
        Image(src="https://example.com/a.jpg", alt="", href=INSECURE),
        Related(text="Another post", href=INSECURE),
        CallToAction(spans=inline("Book"), href=INSECURE),
        CallToAction(spans=LINKED),
    ],
    ids=lambda block: block.type,
)
def test_an_insecure_link_is_found_wherever_it_stands(block: Block) -> None:
    """With the address that would do."""
    (finding,) = check_article(Article(title="Spring", blocks=(block,)))
    assert (finding.rule, finding.where, finding.suggestion) == ("links.insecure", INSECURE, "https://example.com/a")


def test_other_addresses_are_left_alone() -> None:
    """Secure ones, letters and calls."""
    links = tuple(Span(text="x", href=href) for href in ("https://a.example", "mailto:a@b.example", "tel:+44123"))
    assert list(check_article(Article(title="Spring", blocks=(Paragraph(spans=links),)))) == []


def test_a_sender_who_is_somebody_has_nothing_to_be_said_of() -> None:
    """An address that answers, and a house to write to."""
    assert list(check_sender(address="a@b.example", placeholder="you@example.com", postal_address="1 Lane")) == []


def test_a_sender_who_is_nobody_yet_is_told_what_to_set() -> None:
    """Each finding names its setting."""
    found = list(check_sender(address="you@example.com", placeholder="you@example.com", postal_address=""))
    assert [finding.rule for finding in found] == ["sender.address", "sender.postal_address"]
    assert all("settings.toml" in (finding.suggestion or "") for finding in found)


@pytest.mark.parametrize(
    ("src", "found"),
    [
        ("https://example.com/a.jpg", []),
        ("media:0123.jpg", []),
        ("pics/a.jpg", [("images.missing", Severity.WARNING)]),
    ],
)
def test_a_picture_that_is_not_there_is_named(src: str, found: list[tuple[str, Severity]]) -> None:
    """The mail shows its words alone."""
    assert rules(list(check_article(Article(title="Tea", blocks=(Image(src=src, alt="Tea"),))))) == found


def test_a_part_of_an_address_is_named() -> None:
    """It is taken for a page of the studio's own website, which may be wrong."""
    linked = Paragraph(spans=(Span(text="here", href="fascia.html"), Span(text="mail", href="mailto:a@b.example")))
    assert rules(list(check_article(Article(title="Tea", blocks=(linked,))))) == [("links.relative", Severity.ADVICE)]
