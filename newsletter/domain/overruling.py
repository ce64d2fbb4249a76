"""An overruling: somebody launched a newsletter over what was noticed of its claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruling:
    """`who` is as the place of the launch names her; `at` is UTC."""

    at: datetime
    who: str
    findings: tuple[Finding, ...]


def is_news(findings: Sequence[Finding], known: Sequence[Overruling]) -> bool:
    """Whether it says more than the overruling before it: launching again for another time overrules nothing new."""
    return bool(findings) and not (known and set(findings) <= set(known[-1].findings))
