"""Throughput with full bodies, a hundred a call: the whole product, a floor below it, and what is usual."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from bench import floor, usual, work
from bench.section import Action, Candidate, Goal, Section, Setting
from newsletter import worker
from newsletter.context import App

BATCH = 100
PROVIDER = {"provider": "resend", "resend_api_key": "re_bench"}


def prepare(setting: Setting) -> None:
    work.fill_home(setting.home, setting.number, **PROVIDER)


@contextmanager
def ours(setting: Setting) -> Iterator[Action]:
    """One beat of the clockwork: everything that is due leaves, a call at a time."""
    with work.opened(setting.home, resend_url=setting.url, **PROVIDER) as app:
        yield partial(beat, app)
        work.require_accepted(app, setting.number)


def beat(app: App) -> Mapping[str, float]:
    worker.tick(app, lambda: work.NOW)
    return {}


SECTION = Section(
    name="full-bodies",
    title="Throughput, full bodies, 100 a call",
    piece="message",
    candidates=(
        Candidate(name="floor", open=floor.full_bodies, number=20_000, quick=5_000),
        Candidate(name="ours", open=ours, number=20_000, quick=5_000, prepare=prepare),
        Candidate(name="usual", open=usual.one_by_one, number=500, quick=200),
    ),
    goals=(
        Goal(words="full bodies, 100 a call / floor", of="ours", against="floor", most=2.5),
        Goal(words="Jinja + requests + a commit a message / full bodies", of="usual", against="ours", least=20),
    ),
)
