"""A child process: prepares a candidate's folder, or opens the candidate and measures it once, and prints the figures.

`python -m bench.child prepare|measure SECTION CANDIDATE SETTING`, the setting as JSON.
"""

import json
import sys
from pathlib import Path

from bench.measuring import CLIENT, measure, pin
from bench.section import Candidate, Setting
from bench.sections import section


def main(task: str, section_name: str, candidate_name: str, written: str) -> None:
    pin(CLIENT)
    values = json.loads(written)
    setting = Setting(**values | {"home": Path(values["home"])})
    candidate = section(section_name).candidate(candidate_name)
    if task == "prepare":
        _prepare(candidate, setting)
    else:
        with candidate.open(setting) as action:
            figures = measure(action, setting.number)
        print(json.dumps(figures))


def _prepare(candidate: Candidate, setting: Setting) -> None:
    if candidate.prepare is not None:
        candidate.prepare(setting)


if __name__ == "__main__":
    main(*sys.argv[1:])
