"""What depends on the language of a mail: its direction, its slant, how long it takes to read."""

import re
from collections.abc import Iterable

from newsletter.domain.article import Block

_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
_SCRIPTS_RIGHT_TO_LEFT = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})
_UPRIGHT = frozenset(
    {"am", "bn", "gu", "hi", "ja", "km", "kn", "ko", "lo", "ml", "mr", "my", "ne", "pa", "ta", "te", "th", "zh"}
)
_WORDS_A_MINUTE = 220
_IDEOGRAPHS_A_MINUTE = 400
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def tag(*candidates: str) -> str:
    """The first candidate that is a BCP 47 tag and names a language."""
    usable = (candidate for candidate in candidates if _TAG.fullmatch(candidate) and candidate.lower() != "und")
    return next(usable, "en")


def primary(language: str) -> str:
    """The language of a tag without script and region: `pt` of `pt-BR`."""
    return language.lower().partition("-")[0]


def direction(language: str) -> str:
    """`rtl` or `ltr`. A script in the tag decides: `az-Arab`, `ku-Latn`."""
    script = next((part for part in language.lower().split("-")[1:] if len(part) == 4 and part.isalpha()), None)
    if script:
        return "rtl" if script in _SCRIPTS_RIGHT_TO_LEFT else "ltr"
    return "rtl" if primary(language) in _RIGHT_TO_LEFT else "ltr"


def slants(language: str) -> bool:
    """Whether the script of the language has an italic: slanting any other makes it hard to read."""
    return primary(language) not in _UPRIGHT and direction(language) == "ltr"


def reading_minutes(blocks: Iterable[Block]) -> int:
    """How long the blocks take to read, in whole minutes, one at least."""
    text = " ".join(block.text for block in blocks)
    ideographs = len(_IDEOGRAPH.findall(text))
    words = len(_IDEOGRAPH.sub(" ", text).split())
    return max(1, round(words / _WORDS_A_MINUTE + ideographs / _IDEOGRAPHS_A_MINUTE))
