"""Whatever is given as a source, the right reader gets it, or the reason is told."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.reading.fetch import Fetched
from newsletter.reading.source import is_address, read_document, read_file, read_folder, read_page

TEXT = "Why rest helps\n\nRest is good for you.\n\nSleep is better."
MARKDOWN = "# Why rest helps\n\nRest is **good** for you."
HTML = "<!doctype html><title>Why rest helps</title><p>Rest is good for you, and so is a good night of sleep.</p>"


@pytest.mark.parametrize("name", ["a.pdf", "a.DOC", "a.odt", "a.rtf", "a.pages", "a.jpg"])
def test_a_file_of_another_kind_is_refused_whatever_its_bytes(tmp_path: Path, name: str) -> None:
    """With what to do instead."""
    (tmp_path / name).write_text(TEXT)
    with pytest.raises(InputError, match=r"cannot be read\. Save the article as \.docx"):
        read_file(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(
            ("a.txt", TEXT),
            ("a.TEXT", TEXT),
            ("a.md", MARKDOWN),
            ("a.markdown", MARKDOWN),
            ("a.html", HTML),
            ("a.HTM", HTML),
        ),
        *(
            ("a", TEXT),
            ("a.post", MARKDOWN),
            ("a.bak", HTML),
        ),
    ],
)
def test_each_kind_of_file_is_read(tmp_path: Path, name: str, content: str) -> None:
    """By its ending, or by what is in it; the source is the path as given."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    article = read_file(path)
    assert (article.title, article.source) == ("Why rest helps", path.as_posix())


def test_a_word_document_is_known_without_its_ending(make_docx: Callable[..., bytes]) -> None:
    """It is a ZIP archive with a document in it."""
    data = make_docx(("Title", "Why rest helps"), ("Normal", "Rest is good."))
    assert read_document(data, "upload").title == read_document(data, "a.docx").title == "Why rest helps"


def test_a_page_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    """By what it declares of itself."""
    path = tmp_path / "a.html"
    path.write_bytes(f'<meta charset="iso-8859-7">{HTML}'.replace("Rest", "Ώρα").encode("iso-8859-7"))
    assert read_file(path).blocks[0].text.startswith("Ώρα")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\t", "is empty"),
        ("a.txt", "\ufeff \u00a0".encode(), "is empty"),
        ("a.txt", b"Only a title", "holds no article: only a title"),
        ("a.txt", b"\x89PNG\r\n", "is a picture"),
        ("a", b"%PDF-1.7", "is a PDF"),
        ("a.md", b"\0\1\2\3", "is not text"),
        ("a.docx", b"words", "no Word document"),
        ("a", b"PK\x03\x04", "ZIP"),
        ("a.html", b"<nav>x</nav>", "no article found"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """With what is wrong and what to do."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason) as caught:
        read_file(path)
    assert path.as_posix() in caught.value.message
    assert caught.value.remedy


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Its size is told."""
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    with pytest.raises(InputError, match=r"a\.txt is 50 MB"):
        read_file(path)


@pytest.mark.parametrize(("name", "reason"), [("missing.txt", "does not exist"), ("", "folder"), ("a\0b", "read")])
def test_what_is_no_file_is_named(tmp_path: Path, name: str, reason: str) -> None:
    """Missing files, folders and impossible names."""
    with pytest.raises(InputError, match=reason):
        read_file(f"{tmp_path}/{name}")


def test_a_folder_lists_its_articles_by_name(tmp_path: Path) -> None:
    """Hidden files, lock files and other kinds are left alone."""
    for name in ("b.md", "a.TXT", ".c.md", "~$d.docx", "e.png"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "f.md").mkdir()
    assert [path.name for path in read_folder(tmp_path)] == ["a.TXT", "b.md"]


def test_a_folder_without_articles_is_named(tmp_path: Path) -> None:
    """So is what is no folder."""
    for path, reason in ((tmp_path, "holds no article"), (tmp_path / "x", "no folder")):
        with pytest.raises(InputError, match=reason):
            read_folder(path)


def test_a_fetched_page_has_its_final_address_as_source() -> None:
    """The charset of the header counts; the type says which reader."""
    body = HTML.replace("Rest", "Grüße").encode("latin-1")
    fetched = Fetched(url="https://a.example/new", content_type="text/html", charset="iso-8859-1", body=body)
    article = read_page("https://a.example/old", fetched)
    assert article.source == "https://a.example/new"
    assert article.blocks[0].text.startswith("Grüße")


@pytest.mark.parametrize("kind", ["text/plain", "text/markdown", ""])
def test_a_fetched_text_is_read_as_text(kind: str) -> None:
    """A blog may offer its posts without markup."""
    fetched = Fetched(url="https://a.example/a", content_type=kind, charset=None, body=MARKDOWN.encode())
    assert read_page(fetched.url, fetched).title == "Why rest helps"


def test_what_is_no_page_is_refused() -> None:
    """A picture or a PDF has no article to read."""
    fetched = Fetched(url="https://a.example/a", content_type="application/pdf", charset=None, body=b"%PDF")
    with pytest.raises(InputError, match="is application/pdf, not a page"):
        read_page(fetched.url, fetched)


@pytest.mark.parametrize(
    ("source", "address"),
    [("https://a.example/", True), ("HTTP://a.example", True), ("a.txt", False), ("C:\\a.txt", False), ("", False)],
)
def test_addresses_are_told_from_paths(source: str, address: bool) -> None:
    """By their scheme alone."""
    assert is_address(source) is address


@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.md", "a.html", "a.docx", "a"]))
def test_any_bytes_give_an_article_or_an_input_error(data: bytes, name: str) -> None:
    """Nothing else is ever raised."""
    with suppress(InputError):
        assert read_document(data, name).blocks
