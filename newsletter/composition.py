"""Composition: an article becomes the files of a mail, to be looked at before any store knows of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.config import PLACEHOLDER_ADDRESS, PLACEHOLDER_WEBSITE, Settings
from newsletter.domain import claims, preflight
from newsletter.domain.article import Article
from newsletter.domain.delivery import Member
from newsletter.domain.edition import Edition
from newsletter.domain.finding import Finding
from newsletter.domain.issue import Design, Issue
from newsletter.domain.studio import Studio
from newsletter.domain.subjects import subject_findings
from newsletter.errors import InputError
from newsletter.packs.loading import load_claim_rules
from newsletter.reading.anywhere import read_source
from newsletter.rendering import compose
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from newsletter.rendering.mime import encode
from newsletter.rendering.templates import Templates

_SAMPLE_READER = Member(
    delivery_id=0, subscriber_id=0, email="reader@example.net", name="", first_name="", practitioner=""
)
_FILES = {"html": "issue.html", "txt": "issue.txt", "eml": "issue.eml", "preflight": "preflight.json"}
_SAMPLE_KEY = bytes(32)  # signs links that lead nowhere: nothing of this mail is in a store


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The files that were written, by kind, and what is to be known before sending."""

    subject: str
    preheader: str
    html_bytes: int
    files: Mapping[str, Path]
    findings: tuple[Finding, ...]


def compose_file(
    source: str, out: Path, *, settings: Settings, studio: Studio, design: Design, now: datetime
) -> Composed:
    """Reads the article, composes its mail, and writes issue.html, issue.txt, issue.eml and preflight.json to `out`.

    The mail in the files is one sample reader's. Raises InputError for an article or a folder that cannot be used;
    then nothing was written.
    """
    article = read_source(source, allow_private=settings.allow_private_addresses)
    edition = compose.newsletter(Issue(articles=(article,), design=design), studio, Templates(settings.templates))
    factory = MessageFactory(studio, Links(settings.public_url, _SAMPLE_KEY), "sample")
    (message,) = factory.build(edition, [_SAMPLE_READER], now)
    findings = tuple(_findings(article, edition, studio))
    contents = {
        "html": message.html.encode(),
        "txt": message.text.encode(),
        "eml": encode(message),
        "preflight": json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2).encode(),
    }
    return Composed(
        subject=message.subject,
        preheader=edition.preheader,
        html_bytes=len(contents["html"]),
        files=_write(out, contents),
        findings=findings,
    )


def _findings(article: Article, edition: Edition, studio: Studio) -> Iterator[Finding]:
    yield from preflight.check_sender(
        address=studio.sender.address, placeholder=PLACEHOLDER_ADDRESS, postal_address=studio.postal_address
    )
    yield from preflight.check_website(studio.website, PLACEHOLDER_WEBSITE)
    yield from subject_findings(edition.subject, edition.stream)
    yield from preflight.check_edition(edition)
    yield from preflight.check_article(article)
    yield from claims.findings(article, load_claim_rules(article.language), refuse=False)


def _write(out: Path, contents: Mapping[str, bytes]) -> dict[str, Path]:
    files = {kind: out / name for kind, name in _FILES.items()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out, prefix=".unfinished-") as unfinished:  # a full disk leaves all, or nothing
            for kind, content in contents.items():
                Path(unfinished, _FILES[kind]).write_bytes(content)
            for kind, file in files.items():
                Path(unfinished, _FILES[kind]).replace(file)
    except OSError as error:
        raise InputError(
            f"The folder {out} cannot be written to: {error.strerror}.", "Choose another one with --out."
        ) from error
    return files
