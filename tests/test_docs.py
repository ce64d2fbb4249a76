"""The documentation names everything that there is."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from newsletter.cli import root
from newsletter.config import Settings, StudioSettings

ROOT = Path(__file__).parents[1]
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def _read(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def _commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path}{name} ")
        else:
            yield path + name, command


@pytest.mark.parametrize(("name", "command"), list(_commands(root)), ids=lambda value: str(value))
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    documented = _read("commands.md")
    assert f"`{name}" in documented
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if option not in documented] == []


def test_every_setting_is_documented() -> None:
    documented = _read("operating.md")
    names = [*Settings.model_fields, *(f"studio.{name}" for name in StudioSettings.model_fields)]
    assert [name for name in names if name != "studio" and f"`{name}`" not in documented] == []


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_link_and_picture_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", text)
    local = [first or second for first, second in targets if not (first or second).startswith("http")]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_every_module_of_the_house_is_in_its_picture() -> None:
    picture = _read("architecture.md")
    modules = [path.stem for path in (ROOT / "newsletter").glob("*.py") if path.stem not in ("__init__", "__main__")]
    packages = [path.parent.name for path in (ROOT / "newsletter").glob("*/__init__.py")]
    assert [name for name in [*modules, *packages] if name not in picture] == []


def test_every_command_line_of_the_readme_exists() -> None:
    lines = re.findall(r"^python3 run\.py (.+)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    known = {name for name, _ in _commands(root)} | {"test"}
    assert [line for line in lines if not any(line.startswith(name) for name in known)] == []


def test_the_packages_can_be_imported_by_the_names_the_docs_give() -> None:
    for name in ("newsletter.providers.base", "newsletter.providers.http", "newsletter.domain.sending"):
        assert import_module(name).__doc__
