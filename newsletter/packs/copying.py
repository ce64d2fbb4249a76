"""Copying a plan of ours into the studio's folder, to be changed there."""

import os
import re
from pathlib import Path

from newsletter.errors import InputError, NotFoundError, RefusedError
from newsletter.packs.document import PACKS
from newsletter.packs.shelf import ShelvedPlan, languages, normal, packaged_plans

_HEAD = """\
# Your own copy of the plan “{name}”. It takes the place of ours for clients who read {language}.
# Change times, words and conditions as you like; then look with: plan check
# What is planned takes new words and loses steps you remove until it is composed; what was sent stays as it was.

"""
_COMMENTS = re.compile(r"\A(?:#[^\n]*\n|\n)+")
_NAME = re.compile(r'^name = "[^"\n]*"$', re.MULTILINE)


def copy_plan(name: str, language: str, folder: Path) -> Path:
    """Writes our plan `name` in `language` into `folder`, and returns the file.

    Raises NotFoundError for a plan that we do not have, RefusedError for a file that is there already, and InputError
    where the folder cannot be written to.
    """
    ours = _find(name, language)
    text = PACKS.joinpath(ours.file).read_text(encoding="utf-8")
    file = folder / f"{name}.{ours.plan.language}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline=os.linesep) as opened:
            opened.write(_own(text, ours))
    except FileExistsError:
        raise RefusedError(f"{file} is there already.", "Change that one, or move it away first.") from None
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written to: {error.strerror}.", "Check the folder.") from error
    return file


def _find(name: str, language: str) -> ShelvedPlan:
    main = normal(language).partition("-")[0]
    ours = {each.plan.name: each for each in packaged_plans(main)}
    if not ours:
        raise NotFoundError(f"There are no plans in “{language}”.", f"Languages with plans: {', '.join(languages())}.")
    if name not in ours:
        raise NotFoundError(f"There is no plan “{name}”.", f"Plans there are: {', '.join(ours)}.")
    return ours[name]


def _own(text: str, ours: ShelvedPlan) -> str:
    head = _HEAD.format(name=ours.plan.name, language=ours.plan.language)
    with_language = _NAME.sub(lambda line: f'{line.group()}\nlanguage = "{ours.plan.language}"', text, count=1)
    return head + _COMMENTS.sub("", with_language, count=1)
