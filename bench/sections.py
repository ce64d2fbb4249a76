"""Every section of the benchmarks, in the order they run."""

from dataclasses import replace

from bench.section import Candidate, Goal, Section

FULL_BODIES = Section(
    name="full-bodies",
    title="Throughput, full bodies, 100 a call",
    piece="message",
    candidates=(
        Candidate(
            name="floor", open="bench.floor:full_bodies", number=20_000, quick=5_000, prepare="bench.calls:full_bodies"
        ),
        Candidate(
            name="ours",
            open="bench.ours:full_bodies",
            number=20_000,
            quick=5_000,
            prepare="bench.ours:prepare_full_bodies",
        ),
        Candidate(name="usual", open="bench.usual:one_by_one", number=500, quick=200),
    ),
    goals=(
        Goal(words="full bodies / floor", of="ours", against="floor", most=2.5),
        Goal(words="Jinja + requests + a commit a message / full bodies", of="usual", against="ours", least=20),
    ),
)

VARIABLES = Section(
    name="variables",
    title="Throughput, variables, 1000 a call",
    piece="message",
    batch=1000,
    candidates=(
        Candidate(
            name="floor", open="bench.floor:variables", number=50_000, quick=10_000, prepare="bench.calls:variables"
        ),
        Candidate(
            name="ours",
            open="bench.ours:variables",
            number=50_000,
            quick=10_000,
            prepare="bench.ours:prepare_variables",
        ),
        Candidate(name="usual", open="bench.usual:one_by_one", number=500, quick=200),
    ),
    goals=(
        Goal(words="variables / floor", of="ours", against="floor", most=3.0),
        Goal(words="Jinja + requests + a commit a message / variables", of="usual", against="ours", least=100),
    ),
)

MERGE_DATA = Section(
    name="merge-data",
    title="Variables against django-anymail's merge_data, 1000 a call",
    piece="message",
    batch=1000,
    candidates=(
        Candidate(
            name="ours",
            open="bench.ours:variables",
            number=50_000,
            quick=10_000,
            prepare="bench.ours:prepare_variables",
        ),
        Candidate(name="anymail", open="bench.merge_data:thousand_a_call", number=20_000, quick=5_000, neighbour=True),
    ),
    goals=(Goal(words="anymail's merge_data / variables", of="anymail", against="ours", least=5),),
)

_FREEZING = (
    Candidate(
        name="plain", open="bench.freezing:plain", number=100_000, quick=20_000, prepare="bench.freezing:prepare"
    ),
    Candidate(name="ours", open="bench.freezing:ours", number=100_000, quick=20_000, prepare="bench.freezing:prepare"),
)

FREEZING = Section(
    name="freezing",
    title="Freezing an audience, with the reasons of the skipped",
    piece="reader",
    candidates=_FREEZING,
    goals=(Goal(words="freezing / a plain INSERT .. SELECT", of="ours", against="plain", most=2.0),),
)

FREEZING_POSTGRESQL = Section(
    name="freezing-postgresql",
    title="Freezing an audience on PostgreSQL (wall time: the server is another process)",
    piece="reader",
    candidates=tuple(replace(each, prepare=None) for each in _FREEZING),
    goals=(Goal(words="freezing / a plain INSERT .. SELECT", of="ours", figure="wall", against="plain", most=2.0),),
    rounds=3,
    postgresql=True,
)

IDLE = Section(
    name="idle",
    title="An idle beat, with ten thousand and a million steps of care waiting",
    piece="beat",
    candidates=(
        Candidate(
            name="ten thousand",
            open="bench.idle:beats",
            number=200,
            quick=50,
            prepare="bench.idle:prepare_ten_thousand",
        ),
        Candidate(
            name="a million", open="bench.idle:beats", number=200, quick=50, prepare="bench.idle:prepare_a_million"
        ),
    ),
    goals=(Goal(words="a million waiting / ten thousand", of="a million", against="ten thousand", most=1.5),),
)

RECOVERY = Section(
    name="recovery",
    title="A worker killed in a campaign, until the next mail leaves",
    piece="reader",
    candidates=(
        Candidate(
            name="ours",
            open="bench.recovery:after_a_kill",
            number=100_000,
            quick=20_000,
            prepare="bench.ours:prepare_full_bodies",
        ),
    ),
    goals=(
        Goal(words="calls in doubt (one connection)", of="ours", figure="in_doubt", most=2),
        Goal(words="beats of 5 s until mail leaves again (a lease is 24)", of="ours", figure="beats", most=24),
    ),
    rounds=3,
)

MEMORY = Section(
    name="memory",
    title="A campaign of a million, by variables",
    piece="message",
    batch=1000,
    candidates=(
        Candidate(
            name="floor",
            open="bench.floor:variables",
            number=1_000_000,
            quick=100_000,
            prepare="bench.calls:variables",
        ),
        Candidate(
            name="ours",
            open="bench.ours:variables",
            number=1_000_000,
            quick=100_000,
            prepare="bench.ours:prepare_variables",
        ),
    ),
    goals=(
        Goal(words="wall / the floor's wall", of="ours", figure="wall", against="floor", most=3.0),
        Goal(words="peak RSS (MB)", of="ours", figure="rss", most=100),
    ),
    rounds=1,
)

STARTING = Section(
    name="starting",
    title="run.py --help in an existing environment",
    piece="start",
    candidates=(
        Candidate(name="bare Python", open="bench.starting:bare", number=10, quick=5),
        Candidate(name="ours", open="bench.starting:help", number=10, quick=5),
    ),
    goals=(Goal(words="run.py --help / bare Python", of="ours", against="bare Python", most=8),),
)

COMPOSING = Section(
    name="composing",
    title="An article's file to the files of a mail, warm",
    piece="article",
    candidates=(
        Candidate(name="MRML", open="bench.composing:mrml", number=200, quick=50),
        Candidate(name="ours", open="bench.composing:ours", number=20, quick=10),
    ),
    goals=(
        Goal(words="article file to .eml (microseconds of CPU)", of="ours", most=100_000),
        Goal(words="all of it / MRML's own compile", of="ours", against="MRML", most=21),
    ),
)

CARE = Section(
    name="care",
    title="A step of care: planned, composed and claimed",
    piece="session",
    candidates=(
        Candidate(name="ours", open="bench.care:first_steps", number=1000, quick=300, prepare="bench.care:prepare"),
    ),
    goals=(Goal(words="plan, compose and claim (microseconds of CPU)", of="ours", most=1000),),
)

IMPORTING = Section(
    name="importing",
    title="A CSV file of readers, validated",
    piece="row",
    candidates=(
        Candidate(
            name="ours",
            open="bench.importing:file",
            number=100_000,
            quick=20_000,
            prepare="bench.importing:prepare",
        ),
    ),
    goals=(
        Goal(words="microseconds of CPU a row (20,000 a second)", of="ours", most=50),
        Goal(words="peak RSS (MB)", of="ours", figure="rss", most=150),
    ),
    rounds=3,
)

WEBHOOKS = Section(
    name="webhooks",
    title="What mail services tell, kept durably",
    piece="event",
    candidates=(
        Candidate(name="one a call", open="bench.webhooks:single", number=5_000, quick=1_000),
        Candidate(name="a thousand a call", open="bench.webhooks:batches", number=100_000, quick=20_000),
    ),
    goals=(
        Goal(words="one a call (microseconds of CPU; 500 a second)", of="one a call", most=2000),
        Goal(words="a thousand a call (microseconds of CPU; 20,000 a second)", of="a thousand a call", most=50),
    ),
    rounds=3,
)

SECTIONS = (
    FULL_BODIES,
    VARIABLES,
    MERGE_DATA,
    FREEZING,
    FREEZING_POSTGRESQL,
    IDLE,
    RECOVERY,
    MEMORY,
    STARTING,
    COMPOSING,
    CARE,
    IMPORTING,
    WEBHOOKS,
)


def section(name: str) -> Section:
    return next(each for each in SECTIONS if each.name == name)
