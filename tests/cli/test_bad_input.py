"""What cannot be used is named with the next step, and the store stays as it was."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import MakeFile, Terminal

HUGE = 10**30
SESSION = ("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended")


def refuse(run: Terminal, *words: object, said: str, status: int = 1) -> str:
    """Runs what must fail: with this said, a next step, no trace and nothing on stdout; the store is as it was."""
    before = run.dump()
    answer = run(*words, status=status)
    assert said in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert "at fault" not in answer.err
    assert len(answer.err.strip().splitlines()) >= 2, "the next step is missing"
    assert run.dump() == before
    return answer.err


ARTICLES = {
    "missing.txt": (None, "missing.txt does not exist"),
    "empty.txt": (b"", "empty.txt is empty"),
    "blank.md": (b" \n\n", "blank.md is empty"),
    "noise.txt": (bytes(range(256)) * 40, "noise.txt is not text"),
    "picture.md": (b"\x89PNG\r\n\x1a\n" + bytes(500), "picture.md is a picture"),
    "damaged.docx": (b"PK\x03\x04 no archive", "damaged.docx is no Word document"),
    "menu.html": (b"<html><body><nav><a href='/'>Home</a></nav></body></html>", "no article found in"),
}


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_that_is_none_is_refused(practice: Terminal, make_file: MakeFile, tmp_path: Path, name: str) -> None:
    """By `article add` and by `compose`, which then writes nothing."""
    content, said = ARTICLES[name]
    file = tmp_path / name if content is None else make_file(name, content)
    refuse(practice, "article", "add", file, said=said)
    refuse(practice, "compose", file, "--out", tmp_path / "out", said=said)
    assert not (tmp_path / "out").exists()


def test_a_huge_file_is_refused_before_it_is_read(practice: Terminal, tmp_path: Path) -> None:
    """50 MB are no article; a sparse file shows that nobody reads it."""
    file = tmp_path / "huge.txt"
    with file.open("wb") as sparse:
        sparse.truncate(50 * 2**20)
    refuse(practice, "article", "add", file, said="huge.txt is 50 MB")


def test_one_bad_source_of_several_leaves_all_out(practice: Terminal, sample: Path, make_file: MakeFile) -> None:
    """All are taken in, or none."""
    good = make_file("good.md", sample.read_bytes() + b"\nOne more line.\n")
    refuse(practice, "article", "add", good, make_file("empty.txt", b""), said="empty.txt is empty")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "list.csv cannot be opened"),
        (b"", "list.csv is empty"),
        (b"name,phone\nAnna,1\n", "No column for the email address"),
        (b"anna@example.com,Anna\n", "holds an address where the headings belong"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "list.csv is a picture"),
        (b"PK\x03\x04" + bytes(500), "list.csv is an Excel or Numbers file, not a CSV file"),
    ],
)
def test_a_list_without_addresses_is_refused(
    practice: Terminal, make_file: MakeFile, tmp_path: Path, content: bytes | None, said: str
) -> None:
    """The message says how the column must be called."""
    file = tmp_path / "list.csv" if content is None else make_file("list.csv", content)
    refuse(practice, "subscriber", "import", file, said=said)


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        ((*SESSION, "2026-03-04T13:00"), "has not taken place yet", 1),
        ((*SESSION, "yesterday"), "“yesterday” is not a date and time", 2),
        ((*SESSION, "2026-02-30T10:00"), "“2026-02-30T10:00” is not a date and time", 2),
        ((*SESSION, "0001-01-01T00:00+14:00"), "too far away", 2),
        ((*SESSION, "2026-03-04T08:00", "--service", "nope"), "no aftercare plan for “nope”", 1),
        ((*SESSION, "2026-03-04T08:00", "--flag", "nope"), "no flag “nope”", 1),
        ((*SESSION, "2026-03-04T08:00", "--subscriber", "ben@example.com"), "has not agreed to care mails", 1),
        ((*SESSION, "2026-03-04T08:00", "--subscriber", "no@example.com"), "Nobody here has the address", 1),
        (("session", "move", 9, "--ended", "2026-03-04"), "There is no session 9", 1),
        (("session", "cancel", 9), "There is no session 9", 1),
        (("session", "cancel", HUGE), "is not in the range", 2),
        (("article", "show", 9), "There is no article 9", 1),
        (("article", "show", HUGE), "is not in the range", 2),
        (("article", "show", "one"), "is not a valid int", 2),
        (("article", "add", ""), "The name of a source is empty", 1),
        (("campaign", "create", "--article", 9), "There is no article 9", 1),
        (("campaign", "create", "--article", 1, "--segment", "tag"), "“tag” is not a rule of a segment", 1),
        (("campaign", "create", "--article", 1, "--at", "soon"), "“soon” is not a date and time", 2),
        (("campaign", "launch", 9), "There is no campaign 9", 1),
        (("subscriber", "add", "anna"), "“anna” is not an email address", 1),
        (("subscriber", "add", "x@example.com", "--timezone", "Mars"), "“Mars” is not a time zone", 1),
        (("subscriber", "add", "x@example.com", "--name", "\udcff"), "is not readable text", 2),
        (("subscriber", "add", "x@example.com", "--consent", "all"), "'all' is not one of", 2),
        (("subscriber", "show", "no@example.com"), "Nobody here has the address", 1),
        (("subscriber", "erase", "no@example.com"), "Nobody here has the address", 1),
        (("subscriber", "suppress", "anna"), "“anna” is not an email address", 1),
        (("delivery", "list", "--to", "no@example.com"), "Nobody here has the address", 1),
        (("delivery", "list", "--state", "lost"), "'lost' is not one of", 2),
        (("delivery", "list", "--home", ""), "the name is empty", 2),
        (("worker", "--once", "--now", "9999-12-31T23:59:59-10:00"), "too far away", 2),
        (("forecast", "--days", 0), "is not in the range", 2),
        (("report", "campaign", 9), "There is no campaign 9", 1),
        (("serve", "--port", "70000"), "is not in the range", 2),
    ],
    ids=lambda value: " ".join(map(str, value))[:60] if isinstance(value, tuple) else "",
)
def test_words_that_make_no_sense_are_refused(
    practice: Terminal, words: tuple[object, ...], said: str, status: int
) -> None:
    """Status 1 where the store or the rules say no, 2 where the words themselves are wrong."""
    refuse(practice, *words, said=said, status=status)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<mj-section><mj-column></mj-section>", "article.mjml"),
        ("{% if %}", "article.mjml, line 1"),
        ("<mjml>\n<mj-body>\n[[ birthday ]]</mj-body></mjml>", "article.mjml, line 3"),
        ("{{ nothing.at_all }}", "article.mjml, line 1"),
    ],
)
def test_a_changed_template_that_is_wrong_is_named(
    practice: Terminal, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    """The message says in which file, and where in it."""
    (tmp_path / "mine" / "newsletter").mkdir(parents=True)
    (tmp_path / "mine" / "newsletter" / "article.mjml").write_text(content, encoding="utf-8")
    monkeypatch.setenv("AFTERGLOW_TEMPLATES", str(tmp_path / "mine"))
    refuse(practice, "compose", sample, "--out", tmp_path / "out", said=said)
    refuse(practice, "campaign", "create", "--article", 1, said=said)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_templates_that_is_not_there_is_named(
    practice: Terminal, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the therapist would take the packaged look for hers."""
    monkeypatch.setenv("AFTERGLOW_TEMPLATES", str(tmp_path / "nowhere"))
    refuse(practice, "compose", sample, "--out", tmp_path / "out", said="templates is not a folder")


def test_a_folder_that_cannot_be_written_to_is_named(practice: Terminal, sample: Path, make_file: MakeFile) -> None:
    """Of `compose`, and of `subscriber export`."""
    blocked = make_file("a file", b"") / "in it"
    refuse(practice, "compose", sample, "--out", blocked, said="cannot be written to")
    refuse(practice, "subscriber", "export", blocked, said=str(blocked))


def test_a_home_that_cannot_be_made_is_named(make_file: MakeFile, capsys: pytest.CaptureFixture[str]) -> None:
    """With the folder, and what to do."""
    run = Terminal(make_file("a file", b"") / "home", "2026-03-04", capsys)
    refuse(run, "article", "list", said="cannot be written to")


@pytest.mark.parametrize("words", [("article", "list"), ("worker", "--once"), ("demo",)])
def test_a_store_of_a_newer_version_is_left_alone(practice: Terminal, words: tuple[str, ...]) -> None:
    """An older program must not touch what it does not know."""
    with closing(sqlite3.connect(practice.home / "afterglow.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refuse(practice, *words, said="newer")


@pytest.mark.parametrize("content", [b"", b"no store" * 999])
def test_a_file_that_is_no_store_is_left_alone(run: Terminal, content: bytes) -> None:
    """It is named as damaged; an empty one becomes a store."""
    store = run.home / "afterglow.db"
    store.write_bytes(content)
    answer = run("article", "list", status=1 if content else 0)
    assert not content or (store.read_bytes() == content and "no store" in answer.err)


@pytest.mark.parametrize("content", [b"", b"zz", b"\xff\xfe"])
def test_a_damaged_key_is_named(practice: Terminal, content: bytes) -> None:
    """A new one would break every link that was sent."""
    (practice.home / "secret.key").write_bytes(content)
    refuse(practice, "article", "list", said="secret.key is damaged")


def test_a_file_name_that_is_no_text_can_be_taken_in(run: Terminal, sample: Path, tmp_path: Path) -> None:
    """From a folder; its name is kept as far as it can be read."""
    folder = tmp_path / "old names"
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"caf\xe9.md")).write_bytes(sample.read_bytes())
    except OSError:
        pytest.skip("this system allows no such name")
    assert run.json("article", "add", folder)["source"].endswith("caf?.md")
