"""Preflight: what can be known of a composed mail before it goes out, in plain words."""

import re
from collections.abc import Iterable, Iterator

from newsletter.domain.article import Article, Block, CallToAction, Image, Related, block_spans
from newsletter.domain.edition import Edition
from newsletter.domain.finding import Finding, Severity
from newsletter.domain.pictures import HOSTED

CLIPPED = 102_000  # Gmail shows the first 102 KB or so of the HTML, the footer with the unsubscribe link not
ROOMY = 80_000
_PREHEADER = range(40, 131)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)


def check_edition(edition: Edition) -> Iterator[Finding]:
    """Size and preheader of the mail as it will be sent."""
    size = len(edition.html.encode())
    if size > ROOMY:
        yield Finding(
            severity=Severity.ERROR if size > CLIPPED else Severity.WARNING,
            rule="size.clipped",
            message=f"The mail has {size // 1000} KB; Gmail cuts mails off near 102 KB.",
            suggestion="Send it as a teaser, which links to the whole article.",
        )
    if len(edition.preheader) not in _PREHEADER:
        yield Finding(
            severity=Severity.ADVICE,
            rule="subject.preheader",
            message=f"The preview line has {len(edition.preheader)} characters; 40 to 130 show well.",
            where=edition.preheader,
        )


def check_article(article: Article) -> Iterator[Finding]:
    """Pictures without a description, and links that readers cannot follow safely."""
    for block in article.blocks:
        if isinstance(block, Image) and block.alt is None:
            yield Finding(
                severity=Severity.WARNING,
                rule="images.alt",
                message="A picture has no description for those who cannot see it.",
                where=block.src,
                suggestion="Say in a few words what it shows.",
            )
        if isinstance(block, Image) and not block.src.lower().startswith(("https://", "http://", HOSTED)):
            yield Finding(
                severity=Severity.WARNING,
                rule="images.missing",
                message="A picture is not where the article says, so the mail shows its description alone.",
                where=block.src,
                suggestion="Put it beside the article's file, or give its whole address.",
            )
        yield from _check_links(_addresses(block))


def check_sender(*, address: str, placeholder: str, postal_address: str) -> Iterator[Finding]:
    """Who writes: an address that answers, and the postal address that the law wants (CAN-SPAM, CASL)."""
    if address == placeholder:
        yield Finding(
            severity=Severity.WARNING,
            rule="sender.address",
            message="The sender is still the example address, so this mail cannot go out.",
            where=address,
            suggestion="Set studio.sender_address in settings.toml.",
        )
    if not postal_address:
        yield Finding(
            severity=Severity.WARNING,
            rule="sender.postal_address",
            message="The footer has no postal address; newsletters must carry one by law.",
            suggestion="Set studio.postal_address in settings.toml.",
        )


def check_website(website: str, placeholder: str) -> Iterator[Finding]:
    """Where the studio's name, "read on" and the button lead."""
    if website == placeholder:
        yield Finding(
            severity=Severity.WARNING,
            rule="links.website",
            message="The studio's name and the button lead to the example website.",
            where=website,
            suggestion="Set studio.website and studio.booking_url in settings.toml.",
        )


def _addresses(block: Block) -> Iterator[str]:
    yield from (span.href for span in block_spans(block) if span.href)
    if isinstance(block, Image | Related | CallToAction) and block.href:
        yield block.href


def _check_links(addresses: Iterable[str]) -> Iterator[Finding]:
    for address in addresses:
        if address.startswith("http://"):
            yield Finding(
                severity=Severity.ADVICE,
                rule="links.insecure",
                message="A link does not use https; some readers are warned before they get there.",
                where=address,
                suggestion="https://" + address.removeprefix("http://"),
            )
        elif not _SCHEME.match(address):
            yield Finding(
                severity=Severity.ADVICE,
                rule="links.relative",
                message="A link gives only a part of its address; the mail takes it for a page of your own website.",
                where=address,
                suggestion="Write the whole address, with https://.",
            )
