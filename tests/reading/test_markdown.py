"""Markdown keeps its structure, and its front matter says what the article is."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Article, Image, Span
from newsletter.errors import InputError
from newsletter.reading.markdown import read_markdown

DOCUMENT = """---
title: "Not this one"
description: 'A word: on rest'
date: 2024-10-28
author: Jane Doe
lang: en-GB
tags: [a, b]
---
# Why rest | helps

Some *soft* and **strong** words, a [link](https://a.example/x?a=1&b=2), `a < b` and ~~old~~ new.

## Lists

- one
  - two
1. first

> Quoted
> words

| Hour | Do |
|------|----|
| 1    | a\\|b |

![A cup](pics/cup.jpg)

```
code  here
```

---

<div>raw <b>words</b><script>alert(1)</script></div>

Related: [Sleep](https://a.example/sleep)

Book your massage today!
"""


def body(text: str) -> Article:
    return read_markdown(text, "notes/my-first_post.md")


def test_the_facts_come_from_the_front_matter() -> None:
    """The first top heading is the title all the same."""
    article = body(DOCUMENT)
    assert (article.title, article.dek, article.date) == ("Why rest | helps", "A word: on rest", date(2024, 10, 28))
    assert (article.author, article.language) == ("Jane Doe", "en-GB")


def test_every_kind_of_block_is_kept() -> None:
    """In the order of the document."""
    assert [(block.type, block.text) for block in body(DOCUMENT).blocks] == [
        ("paragraph", "Some soft and strong words, a link, a < b and old new."),
        ("heading", "Lists"),
        ("list", "one\ntwo"),
        ("list", "first"),
        ("quote", "Quoted words"),
        ("table", "Hour\tDo\n1\ta|b"),
        ("image", "A cup"),
        ("code", "code  here"),
        ("rule", ""),
        ("paragraph", "raw words"),
        ("related", "Sleep"),
        ("call_to_action", "Book your massage today!"),
    ]


def test_a_local_picture_keeps_its_path() -> None:
    """Where there is no address to complete it with."""
    assert Image(src="pics/cup.jpg", alt="A cup") in body(DOCUMENT).blocks


def test_links_keep_their_address() -> None:
    """Ampersands and all."""
    assert Span(text="link", href="https://a.example/x?a=1&b=2") in list(body(DOCUMENT).spans())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: Front\n---\nWords.", "Front"),
        ("Words.", "My first post"),
        ("Words.\n\n# Late\n\nMore.", "Late"),
        ("Setext\n===\n\nWords.", "Setext"),
    ],
)
def test_the_title_is_found(text: str, title: str) -> None:
    """The heading, else the front matter, else the name of the file."""
    assert body(text).title == title


def test_a_rule_at_the_start_is_no_front_matter() -> None:
    """Only lines of `name: value` are."""
    assert [block.type for block in body("---\n\nWords.\n\n---\n\nMore.").blocks][:2] == ["rule", "paragraph"]


@pytest.mark.parametrize("text", ["# Title", "---\ntitle: x\n---\n", "<script>x</script>", "[a]: https://a.example"])
def test_a_document_without_text_is_refused(text: str) -> None:
    """It holds no article."""
    with pytest.raises(InputError, match="holds no article"):
        body(text)


@given(st.text(alphabet=st.sampled_from("#-*_`>|[]()!<&\\: \nab1.~"), max_size=60) | st.text(max_size=60))
def test_any_text_gives_an_article_or_an_input_error(text: str) -> None:
    """Nothing else is ever raised."""
    with suppress(InputError):
        body(text)
