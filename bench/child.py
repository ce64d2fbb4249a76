"""A child process: prepares a candidate's folder, or opens the candidate and measures it once, and prints the figures.

`python -m bench.child prepare|measure SECTION CANDIDATE SETTING`, the setting as JSON.
"""

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import cast

from bench.measuring import CLIENT, measure, pin
from bench.section import Action, Setting
from bench.sections import section


def main(task: str, section_name: str, candidate_name: str, written: str) -> None:
    pin(CLIENT)
    values = json.loads(written)
    setting = Setting(**values | {"home": Path(values["home"])})
    candidate = section(section_name).candidate(candidate_name)
    if task == "prepare":
        if candidate.prepare is not None:
            cast(Callable[[Setting], None], _found(candidate.prepare))(setting)
        return
    opening = cast(Callable[[Setting], AbstractContextManager[Action]], _found(candidate.open))
    with opening(setting) as action:
        figures = measure(action, setting.number)
    print(json.dumps(figures))


def _found(name: str) -> object:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


if __name__ == "__main__":
    main(*sys.argv[1:])
