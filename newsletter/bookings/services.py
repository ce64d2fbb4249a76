"""Which care plans a service has, by the words it goes by at the studio."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from newsletter.bookings.words import plain
from newsletter.errors import InputError

_PHRASES = {  # each word of a phrase begins a word of the service
    "relaxation": ("relax", "swedish", "entspann", "schwedisch", "suedois", "sueco", "relaj"),
    "deep-tissue": ("deep tissue", "deeptissue", "tiefengewebe", "tissus profonds", "tejido profundo"),
    "trigger-point": ("trigger point", "triggerpoint", "triggerpunkt"),
    "sports": ("sport", "deportiv"),
    "hot-stone": ("hot stone", "hotstone", "pierres chaudes", "piedras calientes"),
    "cupping": ("cupping", "schropf", "ventouse", "ventosa"),
    "lymphatic": ("lymph", "linfa", "drenaje linf", "mld"),
    "prenatal": ("prenatal", "pregnan", "schwanger", "maternity", "mother to be", "grossesse", "embaraz"),
    "reiki": ("reiki",),
}


def parse_told(texts: Iterable[str]) -> dict[str, str]:
    """What `Deep Tissue 60=deep-tissue` says. Raises InputError."""
    told = {}
    for text in texts:
        service, equals, plan = (part.strip() for part in text.rpartition("="))
        if not plain(service) or not equals or not plan:
            raise InputError(f"“{text}” does not say which plan a service has.", "Write WORDS=PLAN.")
        told[service] = plan
    return told


def match(service: str, plans: Collection[str], remembered: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the plans that a service's words mean, most often one; none where nobody can know.

    `remembered` holds what was said of a service before, by its plain words, and counts before all.
    """
    words = plain(service)
    if (told := remembered.get(words)) in plans:
        return (str(told),)
    return tuple(name for name in plans if any(_stands_in(phrase, words) for phrase in _phrases(name)))


def _phrases(name: str) -> Iterator[str]:
    yield plain(name)
    yield from _PHRASES.get(name, ())


def _stands_in(phrase: str, words: str) -> bool:
    wanted, there = phrase.split(), words.split()
    return any(
        all(word.startswith(start) for word, start in zip(there[place:], wanted, strict=False))
        for place in range(len(there) - len(wanted) + 1)
    )
