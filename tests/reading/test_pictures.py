"""Pictures come out fit for a mail, without their history; what is none, or an attack, is refused."""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from newsletter.errors import InputError
from newsletter.reading.illustrations import LARGEST, loader
from newsletter.reading.pictures import WIDEST, prepare
from tests.reading.drawing import drawn, noise


def opened(data: bytes) -> Image.Image:
    picture = prepare(data, "tea.jpg")
    assert picture is not None
    return Image.open(io.BytesIO(picture.data))


def test_a_photograph_becomes_a_jpeg_of_the_width_that_shows() -> None:
    """Twice the column, its proportions kept; the name tells its bytes and its kind."""
    picture = prepare(drawn(noise(2400, 1600), "WEBP"), "tea.webp")
    assert picture
    assert (picture.width, picture.height, picture.name[-4:]) == (WIDEST, 800, ".jpg")


def test_a_small_picture_is_not_blown_up() -> None:
    """It keeps its size."""
    assert opened(drawn(noise(300, 200), "JPEG")).size == (300, 200)


def test_what_is_drawn_or_transparent_stays_clear() -> None:
    """A screenshot or a logo is a PNG; transparency that nobody sees is none."""
    plain, clear = Image.new("RGBA", (200, 100), (9, 9, 9, 255)), Image.new("RGBA", (200, 100), (9, 9, 9, 90))
    assert [(opened(drawn(each)).format, opened(drawn(each)).mode) for each in (plain, clear)] == [
        *(("PNG", "RGB"), ("PNG", "RGBA")),
    ]


def test_where_and_by_whom_it_was_taken_stays_at_home() -> None:
    """EXIF, GPS, comments and profiles go; the picture stands as it was held."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"  # turned by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"
    taken = drawn(noise(300, 200), "JPEG", exif=exif, comment=b"Mara's kitchen")
    shown = opened(taken)
    assert (shown.size, dict(shown.getexif()), "comment" in shown.info) == ((200, 300), {}, False)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_colour_is_read(mode: str) -> None:
    """And comes out as screens show it."""
    kind = "JPEG" if mode == "CMYK" else "TIFF" if mode == "I;16" else "PNG"
    assert opened(drawn(Image.new(mode, (20, 20)), kind)).mode in ("RGB", "RGBA")


def test_a_tracker_is_no_picture() -> None:
    """A pixel counts who looks."""
    assert prepare(drawn(Image.new("RGB", (1, 1))), "pixel.gif") is None


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has ten thousand million pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
        (b"<html>not found</html>", "no picture"),
        (drawn(noise(300, 200), "JPEG")[:2000], "damaged"),
        (bomb(), "50 million pixels"),
        (drawn(Image.new("1", (10_000, 6_000))), "50 million pixels"),
        (bytes(LARGEST + 1), "15 MB"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, reason: str) -> None:
    """Whatever its name or its server says; nothing is run to find out."""
    with pytest.raises(InputError, match=reason):
        prepare(data, "tea.jpg")


@given(data=st.data())
def test_any_damage_gives_a_picture_or_an_input_error(data: st.DataObject) -> None:
    """A changed byte anywhere never breaks the reader."""
    whole = bytearray(
        drawn(Image.new("RGB", (8, 8)), data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF"])))
    )
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        prepare(bytes(whole), "tea.jpg")


def test_pictures_lie_beside_their_article_and_nowhere_else(tmp_path: Path) -> None:
    """An article may come from somebody else: it must not show what lies elsewhere on the disk."""
    folder = tmp_path / "blog"
    (folder / "pics").mkdir(parents=True)
    (folder / "pics" / "a tea.png").write_bytes(b"tea")
    (tmp_path / "private.png").write_bytes(b"private")
    (folder / "link.png").symlink_to(tmp_path / "private.png")
    load = loader(beside=folder / "rest.md")
    assert load("pics/a%20tea.png") == b"tea"
    for outside in ("../private.png", str(tmp_path / "private.png"), "link.png", "file:///etc/passwd", "pics", "\0"):
        with pytest.raises(InputError):
            load(outside)
