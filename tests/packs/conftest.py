"""A copy of the packs in which a test may spoil one file."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

import newsletter.packs

Spoil = Callable[[str, str, str], Path]


@pytest.fixture
def spoiled(tmp_path: Path) -> Spoil:
    """Replaces a text in one file of the copy and gives the copy's folder."""
    packs = Path(copytree(Path(newsletter.packs.__file__).parent, tmp_path / "packs"))

    def spoil(file: str, old: str, new: str) -> Path:
        text = (packs / file).read_text(encoding="utf-8")
        assert old in text
        (packs / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return packs

    return spoil
