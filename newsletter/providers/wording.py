"""A service's words as they may stand in a sentence of ours: in one line, and without anybody's address."""

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=]+@[^\s<>()\[\],;:\"']+")
_LONGEST = 300


def tidy(text: str) -> str:
    return without_addresses(_CONTROLS.sub(" ", text))[:_LONGEST].strip().rstrip(".")


def without_addresses(text: str) -> str:
    return _ADDRESS.sub("…", text) if "@" in text else text
