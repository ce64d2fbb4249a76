"""The texts of an edition as JSON: what is literal is encoded once, the readers' values by columns.

JSON escapes character by character, so the pieces of a text can be encoded one by one and joined.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from json import JSONEncoder

from newsletter.domain.content import Content, html_value, one_line
from newsletter.domain.mailing import Column, Mailing
from newsletter.domain.slots import Part, Slot
from newsletter.rendering.columns import Escape, Pattern, filled, is_plain

as_json: Callable[[object], str] = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BETWEEN = '","'  # never within a JSON string: there a backslash stands before each quotation mark


def json_column(values: Column) -> Column:
    """Each value as a JSON string, without its quotation marks."""
    return values if is_plain(values) else as_json(list(values))[2:-2].split(_BETWEEN)


class JsonTexts:
    """Each text as a JSON string, its quotation marks included: literals in UTF-8, and a column for each slot."""

    def __init__(self, content: Content) -> None:
        self._subject = _encoded(content.subject_parts)
        self._html = _encoded(content.html_parts)
        self._text = _encoded(content.text_parts)

    def subject(self, mailing: Mailing) -> Pattern:
        return list(_filled(self._subject, mailing, one_line))

    def html(self, mailing: Mailing) -> Pattern:
        return list(_filled(self._html, mailing, html_value))

    def text(self, mailing: Mailing) -> Pattern:
        return list(_filled(self._text, mailing, one_line))


@lru_cache(maxsize=16)
def json_texts(content: Content) -> JsonTexts:
    """The same object for every call that carries this content."""
    return JsonTexts(content)


def _encoded(parts: Sequence[Part]) -> list[bytes | Slot]:
    return [b'"', *(part if isinstance(part, Slot) else as_json(part)[1:-1].encode() for part in parts), b'"']


def _filled(parts: Sequence[bytes | Slot], mailing: Mailing, escape: Escape) -> Iterator[bytes | Column]:
    """Each slot is escaped once, wherever it stands."""
    columns: dict[Slot, Column] = {}
    for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            if part not in columns:
                columns[part] = json_column(filled(mailing, part, escape))
            yield columns[part]
