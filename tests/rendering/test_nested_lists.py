"""A list within a list counts where its author counted, in the mail, in its text and in the store."""

from newsletter.domain.article import Article, ListBlock, ListItem, inline
from newsletter.domain.article_json import article_from_json, article_to_json
from newsletter.rendering.blocks import tree
from newsletter.rendering.plaintext import Footnotes, Words, letter

STEPS = ListBlock(
    items=(
        ListItem(spans=inline("Warm up")),
        ListItem(spans=inline("arms"), level=1, ordered=False),
        ListItem(spans=inline("left first"), level=2, ordered=True),
        ListItem(spans=inline("Rest")),
    ),
    ordered=True,
)


def test_the_text_part_has_bullets_and_numbers_where_they_were() -> None:
    """Each in its depth."""
    lines = [line.strip() for line in letter([STEPS], Footnotes(), Words()).split("\n")]
    assert lines == ["1. Warm up", "- arms", "1. left first", "2. Rest"]


def test_the_tree_of_a_mail_knows_it_too() -> None:
    """What does not say is as the list around it."""
    warm_up, rest = tree(STEPS.items)
    assert (warm_up.ordered, warm_up.children[0].ordered, rest.ordered) == (None, False, None)
    assert warm_up.children[0].children[0].ordered is True


def test_the_store_keeps_it() -> None:
    """An article comes out as it went in."""
    article = Article(title="Steps", blocks=(STEPS,))
    assert article_from_json(article_to_json(article)) == article
