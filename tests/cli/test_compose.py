"""`compose` keeps every word of an article, in order, in the HTML and in the plain text."""

import re
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from lxml import html

from tests.cli.terminal import Terminal

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "newsletter" / "samples" / "articles").iterdir())
REFERENCES = sorted((ROOT.parent / "shared" / "articles").glob("*.txt"))
_DATE = re.compile(r"^[A-Z][a-z]{2,8} \d{1,2}, \d{4}$", re.M)


def words(text: str) -> list[str]:
    """The words alone: no punctuation, no marks of Markdown, and no line breaks within an address."""
    return re.findall(r"[^\W_]+", text.casefold())


def lost(article: list[str], mail: list[str]) -> list[str]:
    """The words of the article that the mail does not hold in the article's order."""
    rest = iter(mail)
    return [word for word in article if word not in rest]


def compose(run: Terminal, source: Path, out: Path) -> tuple[list[str], list[str]]:
    """The words of the mail: those a reader sees in the HTML, and those of its text."""
    files = run.json("compose", source, "--out", out)["files"]
    page = html.fromstring(Path(files["html"]).read_bytes())
    return words(" ".join(page.xpath("//body//text()"))), words(Path(files["txt"]).read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", REFERENCES or [None], ids=lambda path: path.stem if path else "none")
def test_every_word_of_the_reference_article_is_kept(run: Terminal, tmp_path: Path, source: Path | None) -> None:
    """A text as it is pasted, from its first word to its last; its date is written as the language writes dates."""
    if source is None:
        pytest.skip("the reference articles are not beside this checkout")
    article = words(_DATE.sub("", source.read_text(encoding="utf-8")))
    for mail in compose(run, source, tmp_path / "out"):
        assert lost(article, mail) == []


@pytest.mark.parametrize("source", SAMPLES, ids=lambda path: path.suffix)
def test_every_word_of_the_samples_is_kept(run: Terminal, tmp_path: Path, source: Path) -> None:
    """Text, Markdown and HTML: everything that was understood of them is in the mail."""
    article = run.json("article", "add", source)
    understood = [article["title"], article["dek"], *(block["text"] for block in article["blocks"])]
    for mail in compose(run, source, tmp_path / "out"):
        assert lost(words(" ".join(filter(None, understood))), mail) == []


def test_the_mail_is_one_that_mail_programs_read(run: Terminal, sample: Path, tmp_path: Path) -> None:
    """Plain text first, HTML second, with the subject of the report."""
    document = run.json("compose", sample, "--out", tmp_path / "out")
    with Path(document["files"]["eml"]).open("rb") as file:
        mail = BytesParser(policy=policy.default).parse(file)
    assert mail["Subject"] == document["subject"]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_no_store_is_touched(run: Terminal, sample: Path, tmp_path: Path) -> None:
    """It looks at an article; it keeps nothing."""
    before = sorted(run.home.iterdir())
    run("compose", sample, "--out", tmp_path / "out")
    assert sorted(run.home.iterdir()) == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "issue.eml",
        "issue.html",
        "issue.txt",
        "preflight.json",
        "preview.html",
    ]


def test_the_same_article_gives_the_same_files(run: Terminal, sample: Path, tmp_path: Path) -> None:
    """Byte for byte, so that a change of a template can be seen in them."""
    for out in ("one", "two"):
        run("compose", sample, "--out", tmp_path / out)
    for name in ("issue.html", "issue.txt", "preflight.json", "issue.eml", "preview.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_design_and_kind_are_chosen_and_subjects_suggested(run: Terminal, sample: Path, tmp_path: Path) -> None:
    """The studio's design, or another for this mail."""
    plain = run.json("compose", sample, "--out", tmp_path / "plain")
    letter = run.json("compose", sample, "--out", tmp_path / "letter", "--design", "letter", "--kind", "teaser")

    assert 1 <= len(letter["subjects"]) <= 3
    assert letter["subjects"] == plain["subjects"]
    assert letter["html_bytes"] < plain["html_bytes"]
    assert "Read on:" in Path(letter["files"]["txt"]).read_text(encoding="utf-8")
