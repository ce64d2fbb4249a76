"""Speech: the words of the pages, in the language of whoever reads them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from zoneinfo import ZoneInfo

from flask import request

from newsletter.domain.studio import Studio
from newsletter.rendering.language import long_date, primary

LANGUAGES = MappingProxyType({"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"})


@dataclass(frozen=True, slots=True)
class Speech:
    """`speech("join")` is a sentence of templates/web/words; the studio's name is known to every one of them."""

    language: str
    studio: Studio

    def __call__(self, name: str, **values: str) -> str:
        return _words(self.language)[name].format(studio=self.studio.name, **values)

    def moment(self, moment: datetime) -> str:
        """The day and hour of an aware moment, on the studio's clock."""
        return f"{self.day(moment)}, {moment.astimezone(ZoneInfo(self.studio.timezone)):%H:%M}"

    def day(self, moment: datetime) -> str:
        """The day of an aware moment, on the studio's calendar."""
        local = moment.astimezone(ZoneInfo(self.studio.timezone))
        return long_date(local.date(), _words(self.language), self.studio.country)


def speech(studio: Studio, *preferred: str) -> Speech:
    """In the first language with words: `?lang=`, what is known of her, her browser's, the studio's, English."""
    browser = request.accept_languages.best_match(list(LANGUAGES)) or ""
    candidates = (request.args.get("lang", ""), *preferred, browser, studio.language)
    spoken = (primary(each) for each in candidates)
    return Speech(next((each for each in spoken if each in LANGUAGES), "en"), studio)


@lru_cache(maxsize=len(LANGUAGES))
def _words(language: str) -> Mapping[str, str]:
    text = (files("templates") / "web" / "words" / f"{language}.json").read_text("utf-8")
    words: dict[str, str] = json.loads(text)
    return MappingProxyType(words)
