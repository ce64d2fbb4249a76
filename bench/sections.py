"""Every section of the benchmarks, in the order they run."""

from bench import full_bodies
from bench.section import Section

SECTIONS = (full_bodies.SECTION,)


def section(name: str) -> Section:
    return next(each for each in SECTIONS if each.name == name)
