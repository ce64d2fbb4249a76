"""The language of a text that does not name it: by its script, else by its commonest words."""

import re
from collections import Counter

_SCRIPTS = {
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
}
_COMMON_WORDS = {
    "en": "the and of to is that it for you with on this are your was be not have from at as we can our will",
    "de": "der die das und ist nicht ein eine mit für auf dem den von zu sich auch wir sie ihr werden oder bei wie im",
    "fr": "le les des et est une dans pour que qui vous nous avec sur pas du plus votre ce cette sont au par ou mais",
    "es": "el los las y una que con por para del se su es más como pero sus este esta son lo al muy también cuando",
}
_LANGUAGE_OF = {
    word: [language for language, words in _COMMON_WORDS.items() if word in words.split()]
    for word in " ".join(_COMMON_WORDS.values()).split()
}
_NOT_LATIN = re.compile("[\u0370-\uffff]+")  # all the scripts, and little of a text in Latin letters
_SAMPLE = 20_000
_TAG = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}")


def guess_language(text: str) -> str:
    """A BCP 47 tag; English unless the text is clearly something else."""
    sample = text[:_SAMPLE].lower()
    letters = sum(map(str.isalpha, sample))
    foreign = "".join(_NOT_LATIN.findall(sample))
    for language, script in _SCRIPTS.items():
        if len(script.findall(foreign)) * 3 > letters:
            return language
    hits = Counter(language for word in re.findall(r"\w+", sample) for language in _LANGUAGE_OF.get(word, ()))
    best, count = hits.most_common(1)[0] if hits else ("en", 0)
    return best if count >= 3 and count > 2 * hits["en"] else "en"


def language_tag(text: str | None) -> str | None:
    """What a document says of itself (`en_US`, `DE`) as a BCP 47 tag; None where it is none."""
    if not text or not _TAG.fullmatch(text.strip()):
        return None
    language, *rest = re.split("[-_]", text.strip())
    return "-".join([language.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
