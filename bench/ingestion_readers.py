"""The readers that are compared, each as its own makers would call it."""

import logging
from dataclasses import replace

from bench.ingestion_reading import Reading, of_article, of_html
from newsletter.errors import InputError
from newsletter.reading.html import read_html
from newsletter.reading.page_facts import letters


def ours(html: str) -> Reading | None:
    """As a mail shows it; its title and dek count where the page shows them, not where only its head names them."""
    try:
        article = read_html(html, "page.html")
    except InputError:
        return None
    shown = letters(of_html(html).text)
    dek = article.dek if article.dek and letters(article.dek) in shown else None
    return of_article(replace(article, dek=dek))


def trafilatura(html: str) -> Reading | None:
    """Its own text, and the structure of its own HTML with everything it can keep."""
    import trafilatura as library

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text = library.extract(html, include_comments=False)
    kept = library.extract(
        html,
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        include_tables=True,
        output_format="html",
    )
    return Reading(text=text or "", structure=of_html(kept).structure if kept else {}) if text else None


def readability(html: str) -> Reading | None:
    from readability import Document
    from readability.readability import Unparseable

    logging.getLogger("readability").setLevel(logging.CRITICAL)
    try:
        return of_html(Document(html).summary(html_partial=True))
    except Unparseable:
        return None
