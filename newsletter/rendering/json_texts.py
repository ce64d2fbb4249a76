"""The texts of an edition as JSON: what is literal is encoded once, a reader's values as they come.

JSON escapes character by character, so the pieces of a text can be encoded one by one and joined.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from json import JSONEncoder

from newsletter.domain.content import Content, Fields, html_value, one_line
from newsletter.domain.slots import Part, Slot

string: Callable[[str], str] = JSONEncoder(ensure_ascii=False).encode  # a string as JSON, quotation marks included


class JsonTexts:
    """Each text for one reader as a JSON string in UTF-8, in pieces.

    A call joins the pieces of all its mails at once: another copy of fifty kilobytes a mail can be felt.
    """

    def __init__(self, content: Content) -> None:
        self.subject = _filling(content.subject_parts, one_line)
        self.html = _filling(content.html_parts, html_value)
        self.text = _filling(content.text_parts, one_line)


@lru_cache(maxsize=16)
def json_texts(content: Content) -> JsonTexts:
    """The same object for every call that carries this content."""
    return JsonTexts(content)


def array(items: Iterable[Iterable[bytes]]) -> list[bytes]:
    """The pieces of a JSON array of items that are in pieces themselves."""
    pieces = [b"["]
    for number, item in enumerate(items):
        if number:
            pieces.append(b",")
        pieces += item
    pieces.append(b"]")
    return pieces


def _filling(parts: Sequence[Part], escape: Callable[[str], str]) -> Callable[[Fields], list[bytes]]:
    """What makes the text for a reader: each slot is looked up and escaped once, wherever it stands."""
    literals = [_encoded(part) if isinstance(part, str) else b"" for part in parts]
    literals[0] = b'"' + literals[0]
    literals[-1] += b'"'
    places: dict[Slot, list[int]] = {}
    for place, part in enumerate(parts):
        if isinstance(part, Slot):
            places.setdefault(part, []).append(place)

    def fill(fields: Fields) -> list[bytes]:
        pieces = literals.copy()
        for slot, taken in places.items():
            value = _encoded(escape(fields.get(slot.name) or slot.default))
            for place in taken:
                pieces[place] = value
        return pieces

    return fill


def _encoded(text: str) -> bytes:
    return string(text)[1:-1].encode()
