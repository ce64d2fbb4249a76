"""Every section of the benchmarks, in the order they run."""

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

SECTIONS = (FULL_BODIES, VARIABLES)


def section(name: str) -> Section:
    return next(each for each in SECTIONS if each.name == name)
