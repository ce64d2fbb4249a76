"""An issue: what a newsletter carries, one article or several, in full or in part, and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.domain.article import Article
from newsletter.domain.studio import Design


class Kind(StrEnum):
    ARTICLE = "article"  # the whole article
    TEASER = "teaser"  # its opening, then "read on"
    DIGEST = "digest"  # several articles, each with its opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """`design` is the studio's unless it says otherwise; `subject` and `preheader` replace what the articles suggest.

    `addresses` gives the public address of posts by their title, so that related posts, quoted titles and "read on"
    become links; a post without one stays plain. A mail of an issue that is `tracked` says so.
    """

    articles: tuple[Article, ...]
    kind: Kind = Kind.ARTICLE
    design: Design | None = None
    subject: str | None = None
    preheader: str | None = None
    note: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    tracked: bool = False
