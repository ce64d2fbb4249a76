"""Texts that Brevo does not read as templates: it fills `{{ ... }}` and obeys `{% ... %}` wherever they stand.

It documents no way to write one that is not read. So of two characters that would open one, the first becomes an entity
in HTML, is set apart by a space in a style sheet, and by an invisible word joiner in plain text.
"""

import re

_OPENING = re.compile(r"\{(?=[{%#])")
_STYLE = re.compile(r"(<style\b[^>]*>.*?</style\s*>)", re.IGNORECASE | re.DOTALL)


def literal_html(html: str) -> str:
    if _OPENING.search(html) is None:
        return html
    pieces = _STYLE.split(html)  # every second one is a style sheet
    return "".join(_OPENING.sub("{ " if number % 2 else "&#123;", piece) for number, piece in enumerate(pieces))


def literal_text(text: str) -> str:
    return _OPENING.sub("{\N{WORD JOINER}", text)
