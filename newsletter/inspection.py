"""Inspection: what can be known of a composed newsletter without asking anybody, in plain words."""

from collections.abc import Iterator, Sequence

from newsletter.config import PLACEHOLDER_ADDRESS, PLACEHOLDER_WEBSITE
from newsletter.domain import claims, preflight
from newsletter.domain.article import Article
from newsletter.domain.edition import Edition
from newsletter.domain.finding import Finding
from newsletter.domain.studio import Design, Studio
from newsletter.domain.subjects import subject_findings
from newsletter.packs.loading import load_claim_rules
from newsletter.rendering import dressing


def inspect(
    articles: Sequence[Article], edition: Edition, studio: Studio, design: Design | None = None
) -> Iterator[Finding]:
    """The sender, the subject, the size, the words and pictures of its articles, the colours it is shown in."""
    yield from preflight.check_sender(
        address=studio.sender.address, placeholder=PLACEHOLDER_ADDRESS, postal_address=studio.postal_address
    )
    yield from preflight.check_website(studio.website, PLACEHOLDER_WEBSITE)
    yield from subject_findings(edition.subject, edition.stream)
    yield from preflight.check_edition(edition)
    yield from dressing.findings(studio, design)
    for article in articles:
        yield from preflight.check_article(article)
        yield from claims.findings(article, load_claim_rules(article.language, studio.country), refuse=False)
