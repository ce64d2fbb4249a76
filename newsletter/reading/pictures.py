"""A picture of whatever kind becomes one for a mail: decoded, upright, no larger than it shows, without its history."""

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from newsletter.errors import InputError
from newsletter.reading.illustrations import LARGEST

WIDEST = 1200  # twice the column of a mail
_TALLEST = 4800
_MOST_PIXELS = 50_000_000
_SMALLEST = 3  # below that it counts readers instead of showing something
_QUALITY = 82
_DECODERS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")  # none that runs another program
_DRAWN = frozenset({"PNG", "GIF", "BMP"})
_ADVICE = "Save it as JPEG or PNG."


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`name` is the hash of the bytes with the ending of their kind, so that one picture is kept once."""

    name: str
    data: bytes
    width: int
    height: int


def prepare(data: bytes, source: str) -> Picture | None:
    """The picture as mails carry it: JPEG, or PNG where that is clearer; None for a tracker of a pixel or two.

    It is encoded anew, so that where and by whom it was taken (EXIF, GPS, XMP) does not travel along, and so that what
    only looks like a picture is found out. Raises InputError, naming `source`, for anything that is none, is damaged,
    or would unpack beyond all measure.
    """
    if len(data) > LARGEST:
        raise InputError(f"The picture {source} has {len(data) // 2**20} MB.", f"At most {LARGEST // 2**20} MB.")
    image = _decoded(data, source)
    if image is None:
        return None
    encoded, ending = _encoded(image, drawn=image.info.get("drawn", False))
    name = f"{hashlib.sha256(encoded).hexdigest()[:32]}.{ending}"
    return Picture(name=name, data=encoded, width=image.width, height=image.height)


def _decoded(data: bytes, source: str) -> Image.Image | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # a damaged EXIF block: it goes anyway
            with Image.open(io.BytesIO(data), formats=_DECODERS) as opened:
                if min(opened.size) < _SMALLEST:
                    return None
                if opened.width * opened.height > _MOST_PIXELS:
                    raise Image.DecompressionBombError
                drawn = opened.format in _DRAWN
                opened.draft("RGB", (2 * WIDEST, 2 * _TALLEST))
                image = _in_plain_colours(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"The picture {source} has more than 50 million pixels.", "Make it smaller.") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{source} is no picture that mails can show.", _ADVICE) from error
    except Exception as error:  # a damaged picture can break a decoder in any of its ways
        raise InputError(f"The picture {source} is damaged.", _ADVICE) from error
    image.thumbnail((WIDEST, _TALLEST), Image.Resampling.LANCZOS)
    image.info = {"drawn": drawn}
    return image


def _in_plain_colours(image: Image.Image) -> Image.Image:
    """Eight bits of red, green and blue as every screen reads them, with transparency where there is any."""
    profile = image.info.get("icc_profile")
    transparent = image.has_transparency_data
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _in_srgb(image, profile)
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):  # sixteen bits of grey
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    plain = image.convert("RGBA" if transparent else "RGB")
    if transparent and plain.getchannel("A").getextrema() == (255, 255):
        return plain.convert("RGB")
    return plain


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):  # a profile that is none
        return image
    return converted or image


def _encoded(image: Image.Image, *, drawn: bool) -> tuple[bytes, str]:
    """JPEG for photographs; PNG for what is transparent, or drawn and smaller that way."""
    if image.mode == "RGBA":
        return _saved(image, "PNG", optimize=True), "png"
    photograph = _saved(image, "JPEG", quality=_QUALITY, progressive=True, optimize=True)
    if drawn and len(drawing := _saved(image, "PNG", optimize=True)) <= len(photograph) * 1.2:
        return drawing, "png"
    return photograph, "jpg"


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    saved = io.BytesIO()
    image.info = {}
    image.save(saved, kind, **options)
    return saved.getvalue()
