"""Speech: the words of the pages, in the language of whoever reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from flask import request

from newsletter.domain.studio import Studio
from newsletter.rendering import cldr, words
from newsletter.rendering.language import direction, primary


@dataclass(frozen=True, slots=True)
class Speech:
    """`speech("join")` is a sentence of the catalogue `web`; the studio's name is known to every one of them."""

    language: str
    studio: Studio

    def __call__(self, name: str, /, **values: object) -> str:
        return _words(self.language).say(name, studio=self.studio.name, **values)

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return direction(self.language)

    def moment(self, moment: datetime) -> str:
        """The day and hour of an aware moment, on the studio's clock."""
        return cldr.long_moment(self._local(moment), self.language, self.studio.country)

    def day(self, moment: datetime) -> str:
        """The day of an aware moment, on the studio's calendar."""
        return cldr.long_date(self._local(moment).date(), self.language, self.studio.country)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.studio.timezone))


def speech(studio: Studio, *preferred: str) -> Speech:
    """In the first language with words: `?lang=`, what is known of her, her browser's, the studio's, English."""
    spoken = words.languages()
    browser = request.accept_languages.best_match(spoken) or ""
    candidates = (request.args.get("lang", ""), *preferred, browser, studio.language)
    wanted = (primary(each) for each in candidates)
    return Speech(next((each for each in wanted if each in spoken), words.ENGLISH), studio)


@lru_cache(maxsize=1)
def named_languages() -> Mapping[str, str]:
    """The languages of the pages as a reader chooses from them: each by its code, in its own words."""
    return MappingProxyType({each: cldr.own_name(each) for each in words.languages()})


@cache
def _words(spoken: str) -> words.Words:
    return words.read("web", spoken)
