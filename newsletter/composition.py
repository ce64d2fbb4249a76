"""Composition: an article becomes the files of a mail, to be looked at before any store knows of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter import pictures
from newsletter.config import Settings
from newsletter.domain.article import Article
from newsletter.domain.delivery import SAMPLE_READER
from newsletter.domain.finding import Finding
from newsletter.domain.issue import Issue, Kind
from newsletter.domain.pictures import hosted
from newsletter.domain.studio import Design, Studio
from newsletter.domain.suggestions import suggest
from newsletter.errors import InputError
from newsletter.inspection import inspect
from newsletter.reading.anywhere import read_source
from newsletter.reading.illustrations import loader
from newsletter.reading.source import is_address
from newsletter.rendering import compose, preview
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from newsletter.rendering.mime import encode
from newsletter.rendering.templates import current_templates

_FILES = {
    "html": "issue.html",
    "txt": "issue.txt",
    "eml": "issue.eml",
    "preflight": "preflight.json",
    "preview": "preview.html",
}
_SAMPLE_KEY = bytes(32)  # signs links that lead nowhere: nothing of this mail is in a store


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The files that were written, by kind, what is to be known before sending, and `subjects` to choose from."""

    subject: str
    subjects: tuple[str, ...]
    preheader: str
    html_bytes: int
    files: Mapping[str, Path]
    findings: tuple[Finding, ...]


def compose_file(
    source: str,
    out: Path,
    *,
    settings: Settings,
    studio: Studio,
    now: datetime,
    kind: Kind = Kind.ARTICLE,
    design: Design | None = None,
) -> Composed:
    """Reads the article, composes its mail, and writes issue.html, its text, .eml, preflight and preview to `out`.

    The mail in the files is one sample reader's. Raises InputError for an article or a folder that cannot be used;
    then nothing was written.
    """
    article = _with_pictures(read_source(source, allow_private=settings.allow_private_addresses), out, settings)
    templates = current_templates(settings.templates)
    issue = Issue(articles=(article,), kind=kind, design=design)
    edition = compose.newsletter(issue, studio, templates)
    factory = MessageFactory(studio, Links(settings.public_url, _SAMPLE_KEY), "sample")
    (message,) = factory.build(edition, [SAMPLE_READER], now)
    findings = tuple(inspect(issue.articles, edition, studio, issue.design))
    contents = {
        "html": message.html.encode(),
        "txt": message.text.encode(),
        "eml": encode(message),
        "preflight": json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2).encode(),
        "preview": preview.page(
            message.subject, edition.preheader, studio.sender.name, message.html, message.text
        ).encode(),
    }
    return Composed(
        subject=message.subject,
        subjects=suggest(article),
        preheader=edition.preheader,
        html_bytes=len(contents["html"]),
        files=_write(out, contents),
        findings=findings,
    )


def _with_pictures(article: Article, out: Path, settings: Settings) -> Article:
    """The pictures beside the article or inside it, fit for mail in `out`/media, at the address they will be hosted.

    Pictures on the web stay where they are: composing a file asks nobody.
    """
    beside = None if is_address(article.source) else Path(article.source)
    taken, _ = pictures.take_in(article, loader(beside=beside), out, web=False)
    return hosted(taken, settings.public_url)


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
