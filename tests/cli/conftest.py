"""A home with a studio, and a terminal that works in it."""

import os
from pathlib import Path

import pytest

from tests.cli.terminal import MakeFile, Terminal

ROOT = Path(__file__).parents[2]
NOW = "2026-03-04T12:00:00Z"  # a Wednesday, noon in London
STUDIO = """\
[studio]
name = "Juniper Lane"
practitioner = "Mara"
sender_address = "mara@juniper.example"
postal_address = "14 Juniper Lane, Bristol"
country = "GB"
timezone = "Europe/London"
website = "https://juniper.example"
"""


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of whoever runs the tests stay out of them."""
    for name in [name for name in os.environ if name.startswith("AFTERGLOW_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "my home"
    folder.mkdir()
    (folder / "settings.toml").write_text(STUDIO, encoding="utf-8")
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(home, NOW, capsys)


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    def make(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


@pytest.fixture(scope="session")
def sample() -> Path:
    """One of the project's own articles."""
    return ROOT / "newsletter" / "samples" / "articles" / "why-pressure-is-not-the-same-as-effect.md"


@pytest.fixture
def practice(run: Terminal, sample: Path) -> Terminal:
    """A home with one article and three people: two want the newsletter, one of them care mails too."""
    run("article", "add", sample)
    run("subscriber", "add", "anna@example.com", "--name", "Anna", "--consent", "care", "--consent", "marketing")
    run("subscriber", "add", "ben@example.com", "--consent", "marketing")
    run("subscriber", "add", "cleo@example.com")
    return run
