"""Tracking is put into links of newsletters alone, and every one of them leads exactly where it led."""

import re
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.domain.article import Article, Paragraph, Span
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue
from newsletter.domain.studio import Studio
from newsletter.domain.tracking import CLICK, OPEN, Tracking
from newsletter.errors import TemplateError
from newsletter.rendering import compose
from newsletter.rendering.skeleton import escape_html
from newsletter.rendering.templates import Templates
from newsletter.rendering.tracking import MOST_LINKS, followable, track, untracked
from subscribers.consent import Stream

BOTH = Tracking(clicks=True, opens=True)
OWN = ["https://mail.example.com/subscribe", "https://example.com/book"]
ADDRESSES = [
    "https://example.com/",
    "https://example.com/a?b=1&c=2&copy=3&amp;d",
    "https://example.com/?filter[tag]=sleep&x={y}|z",
    "https://пример.example/дорога?ключ=ä#ziel",
    "https://example.com/#section-2",
    "HTTP://EXAMPLE.COM:8080/Path%20with%2Fescapes?q=%C3%A4",
    "https://user:word@example.com/a'b\"c<d>`e",
    "http://[2001:db8::1]:8080/x",
]
OTHERS = [
    "mailto:anna@example.com?subject=a&body=b",
    "tel:+441234567",
    "#below",
    "/relative",
    "javascript:alert(1)",
    "https://",
    "https://exa mple.com/",
    "[[ unsubscribe_url ]]",
    "https://mail.example.com/subscribe?lang=de",
    "https://example.com/book/",
    "https://example.com/book?from=mail",
]
PIECES = ["<a ", "href=", '"https://a.example"', "'", '"', ">", "<!--", "-->", "<![x[", "<![if y]>", "]]>", "é\n", "/"]
_LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="[\\"), max_size=20)
_HOSTS = st.sampled_from(["example.com", "b.example.com:8080", "bücher.example", "例え.テスト", "[::1]"])
URLS = st.builds("{}://{}/{}?{}#{}".format, st.sampled_from(["https", "http"]), _HOSTS, _LETTERS, _LETTERS, _LETTERS)


def edition(html: str, stream: Stream = Stream.MARKETING) -> Edition:
    return Edition(stream=stream, language="en", subject="Spring", preheader="", html=html, text="https://example.com")


def page(*addresses: str) -> str:
    """A document with a link to each, as composed mails have them."""
    links = "".join(
        f'<p>é\n<a class="x" href="{each if "[[" in each else escape_html(each)}" style="color:#123">go</a></p>'
        for each in addresses
    )
    return f"<!doctype html><html><body>{links}</body></html>"


def hrefs(html: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<a class="x" href="([^"]*)"', html)]


def followed(tracked: Edition) -> list[str]:
    """Where each link leads, through the numbers of the edition."""
    numbers = [re.fullmatch(rf"{re.escape(CLICK)}/(\d+)", each) for each in hrefs(tracked.html)]
    return [tracked.links[int(found[1]) - 1] for found in numbers if found]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_link_to_the_web_leads_where_it_led(address: str) -> None:
    """Ampersands, brackets, other scripts, fragments and quotes survive (LESSONS 12)."""
    tracked = track(edition(page(address)), BOTH, OWN)
    assert followed(tracked) == [address]
    assert hrefs(untracked(tracked).html) == [address]


@pytest.mark.parametrize("address", OTHERS)
def test_what_leads_elsewhere_stays_as_it_is(address: str) -> None:
    """Mail, telephone, our own pages, the booking page, and what nobody could follow."""
    assert track(edition(page(address)), Tracking(clicks=True), OWN) == edition(page(address))


@settings(max_examples=50)
@given(urls=st.lists(URLS, max_size=6))
@example(urls=["https://example.com/?a&b=\N{NO-BREAK SPACE}"])
def test_every_link_survives_the_way_through_the_table(urls: list[str]) -> None:
    """The same one twice has one number, and taking the tracking out gives back the very document."""
    plain = edition(page(*urls))
    tracked = track(plain, BOTH, OWN)
    kept = [each for each in urls if followable(each) is not None]
    assert followed(tracked) == kept
    assert tracked.links == tuple(dict.fromkeys(kept))
    assert untracked(tracked) == plain
    assert len(lxml.html.document_fromstring(tracked.html).findall(".//a")) == len(urls)


@settings(max_examples=50)
@given(url=URLS)
def test_the_answer_leads_exactly_there(url: str) -> None:
    """Printable ASCII stays untouched; all else is written as a browser would."""
    address = followable(url)
    if address is None:
        return
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    if url.isascii() and url.isprintable() and " " not in url:
        assert address == url


@given(text=st.text(max_size=60))
@example(text="https://evil.example\r\nSet-Cookie: a=b")
@example(text="https://\N{ZERO WIDTH JOINER}.example")
@settings(max_examples=50)
def test_no_address_breaks_out_of_its_header(text: str) -> None:
    for tried in (text, f"https://{text}", f"https://example.com/{text}"):
        address = followable(tried)
        assert address is None or (address.isascii() and address.isprintable())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<a href='https://a.example/?x=1&copy=2&#228;'>", "https://a.example/?x=1&copy=2ä"),
        ("<A HREF=https://a.example/?x=1&amp;y=2 id=b>", "https://a.example/?x=1&y=2"),
        ('<a data-x="a>b" href = "https://a.example/">', "https://a.example/"),
        ('<area href="https://a.example/" href="https://b.example/">', "https://a.example/"),
    ],
)
def test_links_are_found_however_they_are_written(written: str, meant: str) -> None:
    """In a studio's own template they may be; the rules are those of browsers."""
    tracked = track(edition(f"<p>\n</p>{written}go</a>"), BOTH, [])
    assert tracked.links == (meant,)
    assert f'"{CLICK}/1"' in tracked.html
    assert escape(meant) in untracked(tracked).html


@settings(max_examples=50)
@given(st.lists(st.sampled_from(PIECES)))
def test_a_broken_document_is_broken_no_further(pieces: list[str]) -> None:
    """Whatever a parser makes of it: what is put in can be taken out again."""
    tracked = track(edition("".join(pieces)), BOTH, [])
    assert untracked(tracked).html.replace('"', "") == "".join(pieces).replace('"', "")


def test_what_stands_in_a_comment_is_no_link() -> None:
    """Outlook's conditional comments stay byte for byte."""
    document = '<!--[if mso]><a href="https://a.example"></a><![endif]--><style>a[href="https://b.example"]{}</style>'
    assert track(edition(document), Tracking(clicks=True), []).html == document


def test_only_so_many_links_are_counted() -> None:
    """So that a mail does not become so long that mailboxes clip it."""
    urls = [f"https://example.com/{number}" for number in range(MOST_LINKS + 5)]
    tracked = track(edition(page(*urls)), BOTH, [])
    assert len(tracked.links) == MOST_LINKS
    assert hrefs(tracked.html)[MOST_LINKS:] == urls[MOST_LINKS:]


def test_the_text_part_keeps_its_addresses() -> None:
    tracked = track(edition(page("https://example.com")), BOTH, [])
    assert tracked.text == edition("").text


def test_editions_that_differ_in_a_target_alone_are_two() -> None:
    one, other = (track(edition(page(url)), BOTH, []) for url in ("https://a.example", "https://b.example"))
    assert one.html == other.html
    assert one.digest != other.digest
    assert replace(one, links=()).digest == edition(one.html).digest  # as before there were links


@settings(max_examples=30)
@given(
    urls=st.lists(URLS, max_size=3),
    stream=st.sampled_from([Stream.CARE, Stream.SERVICE]),
    clicks=st.booleans(),
    opens=st.booleans(),
)
def test_care_and_service_mail_is_never_tracked(urls: list[str], stream: Stream, clicks: bool, opens: bool) -> None:
    plain = edition(page(*urls), stream)
    assert track(plain, Tracking(clicks=clicks, opens=opens), []) is plain


@pytest.fixture
def issue() -> Issue:
    body = (Paragraph(spans=(Span(text="Read "), Span(text="this", href="https://blog.example/?a=1&b=[2]"))),)
    return Issue(articles=(Article(title="Rest", blocks=body, source="rest.txt"),), tracked=True)


def test_a_tracked_newsletter_says_so_and_leads_to_the_choice(
    issue: Issue, studio: Studio, templates: Templates
) -> None:
    tracked = track(compose.newsletter(issue, studio, templates), BOTH, OWN)
    for text in (tracked.html, tracked.text):
        assert "We may note whether this" in text
        assert "[[ preferences_url ]]/tracking" in text
    assert "https://blog.example/?a=1&b=[2]" in tracked.links
    assert tracked.html.count(OPEN) == 1
    filled = Content.of(tracked).html({"click_url": "https://m.example/c/T", "open_url": "https://m.example/o/T"})
    assert 'href="https://m.example/c/T/1"' in filled
    assert '<img src="https://m.example/o/T.gif"' in filled


def test_one_that_is_not_tracked_says_nothing(issue: Issue, studio: Studio, templates: Templates) -> None:
    plain = compose.newsletter(replace(issue, tracked=False), studio, templates)
    assert track(plain, Tracking(), []) == plain
    assert "We may note" not in plain.html + plain.text


def test_a_template_that_keeps_it_secret_is_refused(issue: Issue, studio: Studio, tmp_path: Path) -> None:
    """A studio's older copy of the footer does not know of tracking."""
    folder = tmp_path / "partials"
    folder.mkdir()
    (folder / "imprint.mjml").write_text('<mj-text><a href="[[ unsubscribe_url ]]">x</a></mj-text>', "utf-8")
    with pytest.raises(TemplateError, match="does not say so"):
        compose.newsletter(issue, studio, Templates(tmp_path))
