"""Spam: what SpamAssassin makes of a mail, where it is installed; it asks nobody else."""

import re
import shutil
import subprocess
from dataclasses import dataclass

_COMMAND = "spamassassin"
_SECONDS = 60
_STATUS = re.compile(
    rb"^X-Spam-Status: (?:Yes|No), score=(-?[0-9.]+) required=([0-9.]+) tests=([^\n]*(?:\n[ \t][^\n]*)*)", re.M
)
_TEST = re.compile(r"[A-Z][A-Z0-9_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """From `limit` on a mail counts as spam; `rules` are SpamAssassin's names for what it noticed."""

    points: float
    limit: float
    rules: tuple[str, ...]


def spam_score(mail: bytes) -> Score | None:
    """The score of a whole mail; None where SpamAssassin is not installed, or did not answer within a minute."""
    command = shutil.which(_COMMAND)
    if command is None:
        return None
    try:
        told = subprocess.run([command, "--local"], input=mail, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _STATUS.search(told.stdout)
    if found is None:
        return None
    named = found[3].partition(b"autolearn")[0].decode("ascii", "replace")
    return Score(points=float(found[1]), limit=float(found[2]), rules=tuple(_TEST.findall(named)))
