"""Typography: the typefaces and measures of each design, as the script of a language needs them."""

from dataclasses import dataclass, replace
from functools import lru_cache

from markupsafe import Markup

from newsletter.domain.studio import Design, Studio
from newsletter.rendering import language

_SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,Georgia,{}serif"
_BOOK = "Georgia,'Times New Roman',{}serif"
_SANS = "'Avenir Next','Segoe UI',Roboto,Helvetica,Arial,{}sans-serif"
_SYSTEM = "'Segoe UI',Roboto,Helvetica,Arial,{}sans-serif"
_MONO = Markup("Consolas,Menlo,'Courier New',monospace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """How one kind of text is set: its typefaces, size and line height in pixels, and weight."""

    font: str
    size: int
    leading: int
    weight: int = 400

    @property
    def family(self) -> Markup:
        """The typefaces as an attribute may hold them."""
        return Markup(self.font)  # noqa: S704 - ours, or a name that the studio's check lets pass

    @property
    def style(self) -> Markup:
        """All of it but the typeface, as rules of CSS."""
        return Markup(f"font-size:{self.size}px;line-height:{self.leading}px;font-weight:{self.weight}")  # noqa: S704


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A design. `width` is that of the mail, `gutter` what stays free on either side, `radius` that of buttons.

    `quote` says how a quotation is set apart: by a bar, a card or rules. `centred` is the head; `greets_first`: the
    greeting stands above the title, as in a letter. `spacing` is between the letters of the studio's name.
    """

    text: Face
    title: Face
    dek: Face
    section: Face
    part: Face
    quotation: Face
    name: Face
    small: Face
    width: int
    gutter: int
    radius: int
    quote: str
    centred: bool = False
    greets_first: bool = False
    spacing: str = "0.5px"
    mono: Markup = _MONO

    @property
    def title_on_a_phone(self) -> Face:
        """The title where a line holds some thirty letters."""
        size = min(self.title.size, 30)
        return replace(self.title, size=size, leading=round(size * self.title.leading / self.title.size))


_LOOKS = {
    Design.CALM: Look(
        text=Face(font=_SERIF, size=18, leading=29),
        title=Face(font=_SERIF, size=36, leading=43),
        dek=Face(font=_SERIF, size=21, leading=31),
        section=Face(font=_SERIF, size=25, leading=32),
        part=Face(font=_SERIF, size=20, leading=27, weight=700),
        quotation=Face(font=_SERIF, size=21, leading=32),
        name=Face(font=_SERIF, size=21, leading=28),
        small=Face(font=_SANS, size=14, leading=22),
        width=584,
        gutter=24,
        radius=4,
        quote="bar",
    ),
    Design.FRESH: Look(
        text=Face(font=_SANS, size=17, leading=28),
        title=Face(font=_SANS, size=32, leading=39, weight=700),
        dek=Face(font=_SANS, size=20, leading=30),
        section=Face(font=_SANS, size=23, leading=30, weight=700),
        part=Face(font=_SANS, size=18, leading=26, weight=700),
        quotation=Face(font=_SANS, size=19, leading=30),
        name=Face(font=_SANS, size=19, leading=26, weight=700),
        small=Face(font=_SANS, size=14, leading=22),
        width=592,
        gutter=32,
        radius=24,
        quote="card",
    ),
    Design.JOURNAL: Look(
        text=Face(font=_BOOK, size=18, leading=30),
        title=Face(font=_BOOK, size=42, leading=48, weight=700),
        dek=Face(font=_BOOK, size=21, leading=32),
        section=Face(font=_BOOK, size=24, leading=31, weight=700),
        part=Face(font=_SANS, size=17, leading=26, weight=700),
        quotation=Face(font=_BOOK, size=25, leading=36),
        name=Face(font=_BOOK, size=32, leading=40, weight=700),
        small=Face(font=_SANS, size=14, leading=22),
        width=600,
        gutter=24,
        radius=0,
        quote="rules",
        centred=True,
        spacing="0px",
    ),
    Design.LETTER: Look(
        text=Face(font=_SYSTEM, size=16, leading=26),
        title=Face(font=_SYSTEM, size=21, leading=28, weight=700),
        dek=Face(font=_SYSTEM, size=16, leading=26),
        section=Face(font=_SYSTEM, size=18, leading=26, weight=700),
        part=Face(font=_SYSTEM, size=16, leading=26, weight=700),
        quotation=Face(font=_SYSTEM, size=16, leading=26),
        name=Face(font=_SYSTEM, size=16, leading=26),
        small=Face(font=_SYSTEM, size=14, leading=22),
        width=560,
        gutter=20,
        radius=6,
        quote="bar",
        greets_first=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    """What a script asks for: typefaces that hold it, higher lines, and letters that may not be spaced."""

    fonts: str
    leading: float = 1.1
    larger: int = 0


_ARABIC = _Script(fonts="'Geeza Pro','Noto Naskh Arabic',Tahoma,", larger=1)
_HEBREW = _Script(fonts="'Arial Hebrew','Noto Sans Hebrew',Tahoma,", leading=1)
_DEVANAGARI = _Script(fonts="'Kohinoor Devanagari','Nirmala UI','Noto Sans Devanagari',Mangal,", larger=1)
_INDIC = _Script(fonts="'Nirmala UI','Noto Sans',")
_THAI = _Script(fonts="Thonburi,'Leelawadee UI','Noto Sans Thai',Tahoma,", larger=1)
_SCRIPTS = {
    "ar": _ARABIC,
    "ckb": _ARABIC,
    "fa": _ARABIC,
    "ps": _ARABIC,
    "sd": _ARABIC,
    "ug": _ARABIC,
    "ur": _Script(fonts="'Noto Nastaliq Urdu','Geeza Pro',Tahoma,", leading=1.2, larger=1),
    "he": _HEBREW,
    "yi": _HEBREW,
    "hi": _DEVANAGARI,
    "mr": _DEVANAGARI,
    "ne": _DEVANAGARI,
    "bn": _INDIC,
    "gu": _INDIC,
    "kn": _INDIC,
    "ml": _INDIC,
    "pa": _INDIC,
    "ta": _INDIC,
    "te": _INDIC,
    "th": _THAI,
    "ja": _Script(fonts="'Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP',"),
    "ko": _Script(fonts="'Apple SD Gothic Neo','Malgun Gothic','Noto Sans CJK KR',"),
    "zh": _Script(fonts="'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',"),
}
_TRADITIONAL = _Script(fonts="'PingFang TC','Microsoft JhengHei','Noto Sans CJK TC',")
_LATIN = _Script(fonts="", leading=1)


@lru_cache(maxsize=64)
def look_of(studio: Studio, design: Design, tag: str) -> Look:
    """The design in the studio's typefaces, for the language of a BCP 47 `tag`."""
    look, script = _LOOKS[design], _script(tag)
    own, headings = studio.font, studio.heading_font or studio.font
    return replace(
        look,
        text=_set(look.text, own, script),
        title=_set(look.title, headings, script),
        dek=_set(look.dek, own, script),
        section=_set(look.section, headings, script),
        part=_set(look.part, headings, script),
        quotation=_set(look.quotation, own, script),
        name=_set(look.name, headings, script),
        small=_set(look.small, own, script),
        spacing=look.spacing if script is _LATIN else "0px",  # spaced letters tear Arabic and Devanagari apart
    )


def _set(face: Face, font: str, script: _Script) -> Face:
    first = f"'{font}'," if font else ""
    return replace(
        face,
        font=first + face.font.format(script.fonts),
        size=face.size + script.larger,
        leading=round(face.leading * script.leading),
    )


def _script(tag: str) -> _Script:
    name = language.primary(tag)
    parts = set(tag.lower().split("-")[1:])
    if name == "zh" and parts & {"hant", "tw", "hk", "mo"}:
        return _TRADITIONAL
    return _LATIN if "latn" in parts else _SCRIPTS.get(name, _LATIN)
