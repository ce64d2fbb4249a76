"""Words as they are compared: headings, services and states, without accents, punctuation and capitals."""

import re
import unicodedata

_LONGEST = 200


def plain(text: str) -> str:
    """“Deep-Tissue (60 Min.)” is “deep tissue 60 min”."""
    decomposed = unicodedata.normalize("NFKD", text[:_LONGEST])
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]+", " ", letters).casefold().split())
