"""Any text comes out of its bytes as it was written, whatever the encoding; what is no text is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.reading.encoding import declared_charset, decode

ENGLISH = "It’s “quiet” – a naïve café, | <b> & more…\nSecond line costs 5 €."
PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff\u2028\u2029"))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp1252"]
)
def test_english_with_typographic_marks_survives(encoding: str) -> None:
    """Smart quotes, dashes and signs stay as the author set them."""
    assert decode(ENGLISH.encode(encoding), "a.txt") == ENGLISH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zażółć gęślą jaźń. Masaż pomaga na ból pleców i łagodzi stres każdego dnia.", "cp1250"),
        ("Привет, это массаж для здоровья спины и шеи, приходите к нам", "cp1251"),
        ("今日はマッサージに行きました。とても気持ちよかったです。", "cp932"),
        ("مرحبا بكم في المساج اليوم", "utf-16-le"),
        ("No-break\u00a0space, 🙂 emoji, नमस्ते, สวัสดี, שלום", "utf-8"),
    ],
)
def test_other_scripts_survive(text: str, encoding: str) -> None:
    """Older encodings are known by their letters, UTF-16 even without a mark."""
    assert decode(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize("charset", ["iso-8859-7", "KOI8-R", "big5", "Shift_JIS"])
def test_a_declared_charset_is_believed(charset: str) -> None:
    """What a header says decides where the bytes alone would leave doubt."""
    text = {"iso-8859-7": "ώρα", "KOI8-R": "час", "big5": "休息", "Shift_JIS": "休息"}[charset]
    assert decode(text.encode(charset), "a.html", charset) == text


@pytest.mark.parametrize(
    "charset", ["nonsense", "utf-16", "unicode_escape", "utf-7", "rot13", "hex", "undefined", "\0"]
)
def test_a_wrong_charset_is_passed_over(charset: str) -> None:
    """A declaration that cannot be true does no harm."""
    assert decode("Grüße +AGE- \\u0041".encode(), "a.html", charset) == "Grüße +AGE- \\u0041"


def test_latin_1_means_windows_1252_as_on_the_web() -> None:
    """Pages that claim Latin-1 hold Windows quotes."""
    assert decode(b"\x93Hi\x94", "a.html", "ISO-8859-1") == "“Hi”"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_becomes_a_newline(end: str) -> None:
    """Readers see one kind of line end."""
    assert decode(f"One{end}Two".encode(), "a.txt") == "One\nTwo"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + b"words " * 50,
        b"%PDF-1.7 words",
        b"PK\x03\x04 words",
        b"\xd0\xcf\x11\xe0 words",
        b"{\\rtf1 words}",
        bytes(range(32)) * 20,
        b"\0" * 100,
        b"words\0\x01\x02\x03 words",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes) -> None:
    """Pictures, archives and damaged files are named, with what to do."""
    with pytest.raises(InputError, match=r"photo\.txt") as caught:
        decode(data, "photo.txt")
    assert caught.value.remedy


def test_a_single_stray_control_character_is_dropped() -> None:
    """Text pasted from elsewhere may hold one; it does not make it binary."""
    assert decode(b"Breathe\x08 in, and out again." * 1, "a.txt") == "Breathe in, and out again."


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (b'<meta charset="utf-8">', "utf-8"),
        (b"<META http-equiv=x content='text/html; charset=windows-1252'>", "windows-1252"),
        (b'<?xml version="1.0" encoding="koi8-r"?>', "koi8-r"),
        (b"<p>charset=utf-8", None),
    ],
)
def test_a_page_can_declare_its_charset(data: bytes, charset: str | None) -> None:
    """Every way to write it is read."""
    assert declared_charset(data) == charset


@given(PRINTABLE)
def test_utf_8_is_never_taken_for_something_else(text: str) -> None:
    """Every printable text comes back from UTF-8."""
    with suppress(InputError):  # a text may begin like another kind of file, such as %PDF
        assert decode(text.encode(), "a.txt") == text


@given(st.binary(max_size=300), st.none() | st.text(max_size=12))
def test_any_bytes_give_text_or_an_input_error(data: bytes, charset: str | None) -> None:
    """Nothing else is ever raised, and no control character comes through."""
    with suppress(InputError):
        assert not {"\0", "\r", "\x07"} & set(decode(data, "a.txt", charset))
