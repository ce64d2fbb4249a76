"""The readers of every candidate: names of all kinds, and the moment they are written to."""

from datetime import UTC, datetime

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday noon in London, far from all quiet hours
_NAMES = (
    "Anna Smith",
    "Zoë Krüger",
    "François Lefèvre",
    "山田 花子",
    "Müller & Söhne",
    "Ana <3 Lima",
    "Łukasz Żółć",
    "O'Brien, Siobhán",
    "",
    "김민지",
)


def name(number: int) -> str:
    return _NAMES[number % len(_NAMES)]


def email(number: int) -> str:
    return f"reader-{number}@mailbox-{number % 50}.example.com"
