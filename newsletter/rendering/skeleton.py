"""Skeletons: templates filled with ASCII tokens, which stand for the content until the markup is compiled.

MRML prints attribute values in Rust's debug format and drops white space between inline elements, so no content may
pass through it. A token spells its text in hexadecimal: it needs no memory beside the skeleton, and nothing in it can
be mistaken for markup, a slot or a template.
"""

import html
import re
from collections.abc import Callable

from markupsafe import Markup

from newsletter.domain import slots

_TOKEN = re.compile(r"zq((?:[0-9a-f]{2})+)qz")
_SLOT = re.compile(r"\[\[.*?\]\]", re.DOTALL)
_SLOT_TOKEN = re.compile(r"zs((?:[0-9a-f]{2})+)sz")
_ENTITIES = str.maketrans({"{": "&#123;", "\\": "&#92;"})
# What XML and HTML cannot hold: control characters, lone surrogates, non-characters.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Slotted(str):
    """A text whose slots are meant as slots; in any other text they are words like all others."""

    __slots__ = ()


def seal(value: object) -> object:
    """What a template may print for `value`: markup and numbers as they are, every text as a token."""
    if value is None:
        return ""
    return sealed(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def sealed(text: str) -> Markup:
    """A text as a token; of a slotted text each part between its slots."""
    token = slots.map_literals(text, _token) if isinstance(text, Slotted) else _token(text)
    return Markup(token)  # noqa: S704 - tokens and slots hold no markup


def breaks(text: str) -> Markup:
    """A text of several lines, as markup with line breaks."""
    kind = Slotted if isinstance(text, Slotted) else str
    return Markup("<br />").join(sealed(kind(line)) for line in text.split("\n"))


def fill(skeleton: str, escape: Callable[[str], str]) -> str:
    """The skeleton with each token replaced by its text, passed through `escape`; literal brackets are protected.

    Raises TemplateError where the skeleton names a slot that does not exist.
    """
    return slots.map_literals(skeleton, lambda literal: _TOKEN.sub(lambda found: escape(_spelled(found)), literal))


def hide_slots(skeleton: str) -> str:
    """The skeleton with its slots as tokens too, so that a default such as “là” is safe in an attribute."""
    return _SLOT.sub(lambda found: f"zs{found.group().encode().hex()}sz", skeleton)


def show_slots(skeleton: str) -> str:
    """Undoes `hide_slots`."""
    return _SLOT_TOKEN.sub(_spelled, skeleton)


def tokens(skeleton: str) -> list[str]:
    """The texts that a skeleton stands for, in order."""
    return [_spelled(found) for found in _TOKEN.finditer(skeleton)]


def escape_html(text: str) -> str:
    """`text` as it may stand in an element and in a quoted attribute.

    What other programs may take for a template of theirs on the way, or for an escape, becomes an entity too.
    """
    return html.escape(clean(text)).translate(_ENTITIES).replace("[[", "[&#91;")


def clean(text: str) -> str:
    """`text` without the characters that no document can hold."""
    return _INVALID.sub("", text)


def _token(text: str) -> str:
    return f"zq{text.encode('utf-8', 'surrogatepass').hex()}qz" if text else ""


def _spelled(found: re.Match[str]) -> str:
    return bytes.fromhex(found[1]).decode("utf-8", "surrogatepass")
