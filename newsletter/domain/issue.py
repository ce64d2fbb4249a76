"""An issue: what a newsletter carries, one article or several, and in which design."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.domain.article import Article


class Design(StrEnum):
    ARTICLE = "article"  # the whole article
    TEASER = "teaser"  # its opening, then "read on"
    DIGEST = "digest"  # several articles, each with its opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """`subject` and `preheader` replace what the articles suggest. `addresses` gives the public address of posts by
    their title, so that related posts, quoted titles and "read on" become links; a post without one stays plain."""

    articles: tuple[Article, ...]
    design: Design = Design.ARTICLE
    subject: str | None = None
    preheader: str | None = None
    note: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
