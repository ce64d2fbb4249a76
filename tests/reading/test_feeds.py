"""Feeds of every kind become entries, broken ones as far as they go, and entries become articles."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Article, Paragraph, inline
from newsletter.errors import InputError
from newsletter.reading.entries import draft_of, fuller
from newsletter.reading.feeds import FeedDocument, FeedEntry, feed_address, read_feed

ADDRESS = "https://river.example/feed"
PROSE = "After a massage the body keeps working for a good while, and rest helps it along. " * 10
RSS = f"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>River &amp; Studio</title><language>en-GB</language>
<item><title>Why &lt;em&gt;rest&lt;/em&gt; helps</title><link>/rest?utm_source=rss</link>
<dc:creator>Jane Doe</dc:creator>
<guid isPermaLink="false">river 7</guid><pubDate>Mon, 28 Oct 2024 08:00:00 +0000</pubDate>
<description>A quiet evening does it.</description>
<content:encoded><![CDATA[<h2>At home</h2><p>{PROSE}</p><ul><li>Tea</li>
</ul><p>The post <a href="/rest">Why rest helps</a> appeared first on <a href="/">River</a>.</p>]]></content:encoded>
</item></channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Fluss</title><entry><title>Ruhe</title>
<id>tag:river.example,2024:7</id><link href="https://river.example/ruhe"/><updated>2024-10-28T08:00:00Z</updated>
<content type="html">&lt;p&gt;{PROSE}&lt;/p&gt;</content></entry></feed>"""
JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "River", "language": "en", "items": [
{"id": 7, "url": "/rest", "title": "Rest", "content_text": "One.\\n\\nTwo.", "date_published": "2024-10-28T08:00:00Z",
"authors": [{"name": "Jane Doe"}]}, {"id": "8", "content_html": "<p>No title.</p>"}, 5, {}]}"""


def feed(text: str) -> FeedDocument:
    return read_feed(text.encode(), ADDRESS)


def test_rss_with_the_full_content_of_wordpress() -> None:
    """The content beside its summary; the link absolute and without what counts clicks."""
    (entry,) = feed(RSS).entries
    assert (entry.title, entry.link, entry.guid) == ("Why rest helps", "https://river.example/rest", "river 7")
    assert (entry.author, entry.date, entry.language) == ("Jane Doe", date(2024, 10, 28), "en-GB")
    assert "At home" in entry.content
    assert entry.summary == "A quiet evening does it."


def test_the_entry_becomes_its_article() -> None:
    """With its structure, without the line that WordPress puts below it."""
    (entry,) = feed(RSS).entries
    draft = draft_of(entry, ADDRESS)
    assert draft
    assert [block.type for block in draft.article.blocks] == ["heading", "paragraph", "list"]
    assert (draft.article.dek, draft.article.source) == ("A quiet evening does it.", "https://river.example/rest")
    assert not draft.needs_page


def test_atom() -> None:
    """Its id, its language and its date of updating."""
    (entry,) = feed(ATOM).entries
    assert (entry.guid, entry.title, entry.language) == ("tag:river.example,2024:7", "Ruhe", "de")
    assert (entry.date, entry.updated) == (date(2024, 10, 28), "2024-10-28T08:00:00Z")


def test_plain_text_stays_text() -> None:
    """A sign that begins a tag elsewhere is a sign."""
    atom = ATOM.replace('type="html"', 'type="text"').replace("&lt;p&gt;", "1 &lt; 2 &amp; 3").replace("&lt;/p&gt;", "")
    (entry,) = feed(atom).entries
    draft = draft_of(entry, ADDRESS)
    assert draft
    assert draft.article.blocks[0].text.startswith("1 < 2 & 3After a massage")


def test_json_feed() -> None:
    """Text becomes paragraphs, a numeric id a name; what is no item is passed over."""
    first, second = feed(JSON_FEED).entries
    assert (first.guid, first.link, first.content) == ("7", "https://river.example/rest", "<p>One.</p><p>Two.</p>")
    assert (first.author, first.date) == ("Jane Doe", date(2024, 10, 28))
    assert (second.guid, second.title) == ("8", "")


def test_a_post_without_a_title_begins_with_it() -> None:
    """As microblogs write."""
    draft = draft_of(FeedEntry(guid="8", content=f"<p>{PROSE}</p>"), ADDRESS)
    assert draft
    assert draft.article.title == "After a massage the body keeps working for a good while, and rest helps it…"


def test_a_broken_feed_is_read_as_far_as_it_goes() -> None:
    """And says so."""
    document = feed(RSS.replace("</channel></rss>", "<item><title>Cut"))
    assert document.entries[0].title == "Why rest helps"
    assert document.note.startswith("The feed is not well-formed")


@pytest.mark.parametrize("text", ["", "words", "<html><title>River</title></html>", '{"a": 1}', "{", "[]", "\0\0"])
def test_what_is_no_feed_is_named(text: str) -> None:
    """With its address."""
    with pytest.raises(InputError, match=r"river\.example/feed"):
        feed(text)


def test_a_page_names_its_feed() -> None:
    """That of the posts, not of the comments."""
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{address}">'
        for title, address in (("River Comments Feed", "/comments/feed"), ("River", "feed/"))
    )
    assert feed_address(f"<head>{links}</head>", "https://river.example/blog/") == "https://river.example/blog/feed/"
    assert feed_address("<p>nothing</p>", ADDRESS) is None


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        (f"<p>{PROSE}</p>", False),
        ("<p>Short.</p>", True),
        (f"<p>{PROSE} […]</p>", True),
        (f"<p>{PROSE}</p><p><a href='/rest'>Continue reading <em>Rest</em></a></p>", True),
        (f"<p>{PROSE}…</p>", True),
    ],
)
def test_a_teaser_asks_for_its_page(content: str, needed: bool) -> None:
    """What is cut off, and what is short."""
    draft = draft_of(FeedEntry(link="https://river.example/rest", title="Rest", content=content), ADDRESS)
    assert draft
    assert draft.needs_page is needed


def test_the_fuller_of_feed_and_page_counts() -> None:
    """Under the feed's title and date."""
    short, long = article("Short."), article(PROSE)
    assert fuller(short, long).blocks == long.blocks
    assert fuller(long, article("Something else entirely.")) == long
    assert fuller(article("Short.", date=date(2024, 10, 28)), long).date == date(2024, 10, 28)


def article(text: str, date: date | None = None) -> Article:
    return Article(title="Rest", source=ADDRESS, date=date, blocks=(Paragraph(spans=inline(text)),))


def test_entities_do_not_explode() -> None:
    """A billion laughs are refused or read as nothing."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    with suppress(InputError):
        document = feed(
            f"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY l0 'ha'>{laughs}]><rss><channel><item><title>&l11;"
        )
        assert len(document.title) < 10_000


@given(st.text(st.sampled_from("<>&;/!?[]=\"' abc\n"), max_size=200), st.integers(0, len(RSS)))
def test_any_feed_gives_entries_or_an_input_error(noise: str, place: int) -> None:
    """Whatever is written into it, wherever."""
    with suppress(InputError):
        for entry in feed(RSS[:place] + noise + RSS[place:]).entries:
            draft_of(entry, ADDRESS)


@given(st.binary(max_size=300))
def test_any_bytes_give_entries_or_an_input_error(data: bytes) -> None:
    """Never anything else."""
    with suppress(InputError):
        read_feed(data, ADDRESS)


KEYS = st.sampled_from(["items", "version", "id", "url", "authors", "name", "content_html", "date_published"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(KEYS, values, max_size=5),
)


@given(st.dictionaries(KEYS, VALUES))
def test_any_json_gives_entries_or_an_input_error(value: dict[str, object]) -> None:
    """However its values are mixed up."""
    with suppress(InputError):
        for entry in read_feed(json.dumps(value).encode(), ADDRESS).entries:
            draft_of(entry, ADDRESS)


def documents() -> Iterator[bytes]:
    """Those of a corpus such as feedparser's own (its sdist's tests/wellformed), where there is one; else ours."""
    folder = os.environ.get("AFTERGLOW_FEED_CORPUS")
    if folder is None:
        return (text.encode() for text in (RSS, ATOM, JSON_FEED))
    return (file.read_bytes() for file in Path(folder).rglob("*") if file.is_file())


def test_every_document_of_a_corpus_is_read() -> None:
    """Nothing is ever raised, and every entry becomes a draft or is empty."""
    read = [read_feed(document, ADDRESS) for document in documents()]
    assert read
    for entry in (entry for each in read for entry in each.entries):
        draft_of(entry, ADDRESS)
