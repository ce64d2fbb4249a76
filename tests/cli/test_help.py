"""Every command explains itself and takes the same options."""

from collections.abc import Iterator

import click
import pytest

from newsletter import __version__
from newsletter.cli import main, root


def every_command() -> Iterator[tuple[str, ...]]:
    yield from _below(root, ())


def _below(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _below(inner, (*path, name))


def find(path: tuple[str, ...]) -> click.Command:
    command: click.Command = root
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    return command


COMMANDS = list(every_command())
LEAVES = [path for path in COMMANDS if not isinstance(find(path), click.Group)]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_there_for_every_command(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """It shows how to write the command."""
    assert main([*path, "--help"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(" ".join(["Usage: run.py", *path]))
    assert said.err == ""


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_takes_the_options_of_all(path: tuple[str, ...]) -> None:
    """--home, --now and --json, and it says what it does."""
    options = {name for parameter in find(path).params for name in parameter.opts}
    assert {"--home", "--now", "--json"} <= options
    assert find(path).help


def test_the_list_of_commands_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    """It is written by hand, so that showing it imports none of them."""
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2]
    names = [line.split()[0] for line in listed.splitlines() if line[2:3].strip()]
    assert names == root.list_commands(click.Context(root))


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As `--version` does everywhere."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"afterglow, version {__version__}\n"


@pytest.mark.parametrize("words", ["nope", "article nope", "--nope", "article list --nope", "article"])
def test_wrong_usage_ends_with_status_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the way to the help, on stderr alone."""
    assert main(words.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Usage: run.py" in said.err
    assert "Traceback" not in said.err
