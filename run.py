#!/usr/bin/env python3
"""Starts Afterglow with nothing but Python: makes its environment on first use, then hands over to newsletter.cli.

`python3 run.py COMMAND` for everything; `python3 run.py test` is the whole gate, `bench` the benchmarks. The standard
library only, and each part of it is imported where it is needed: every start pays for what stands at the top.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

ROOT = os.path.dirname(os.path.realpath(__file__))
ENVIRONMENT = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(ENVIRONMENT, *(("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")))
LOCKS = {"run": os.path.join(ROOT, "requirements.txt"), "test": os.path.join(ROOT, "requirements-test.txt")}
OLDEST = (3, 11)
GATE = [
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy"],
    ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"],
]


def main(arguments: list[str]) -> int:
    check_version(sys.version_info[:3])
    kind = "test" if arguments[:1] in (["test"], ["bench"]) else "run"
    if not has_packages(kind):
        prepare(kind)
        return hand_over([os.path.join(ROOT, "run.py"), *arguments])
    if arguments[:1] == ["bench"]:
        return run_child([sys.executable, "-m", "bench", *arguments[1:]], cwd=ROOT)
    return run_gate(arguments[1:]) if kind == "test" else run_command(arguments)


def check_version(version: tuple[int, ...]) -> None:
    if version[:2] < OLDEST:
        raise fault(
            f"Afterglow needs Python 3.11 or newer; this is {'.'.join(map(str, version))}.",
            "Install a newer one (python.org has it for every system), and start run.py with that.",
        )


def run_command(arguments: list[str]) -> int:
    if ROOT not in sys.path:  # Python leaves it out under PYTHONSAFEPATH
        sys.path.insert(0, ROOT)
    try:
        from newsletter.cli import main as command
    except ModuleNotFoundError as error:  # such as after an upgrade of the Python that .venv was made with
        raise fault(
            f"The package {error.name} is missing from {sys.prefix}.", "Remove .venv and run this again."
        ) from error
    return command(arguments)


def has_packages(kind: str) -> bool:
    """Whether this very Python can go on: it is our environment, or one that somebody else has filled."""
    if is_same_folder(sys.prefix, ENVIRONMENT):
        return is_ready(kind)
    return not is_ready(kind) and has_all(locked_versions(kind))


def is_same_folder(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def has_all(versions: dict[str, str]) -> bool:
    """In an environment that somebody made, what is there counts; elsewhere it must be just what the lock names."""
    from importlib.metadata import PackageNotFoundError, version

    chosen = sys.prefix != sys.base_prefix
    try:
        return all(version(name) == locked or chosen for name, locked in versions.items())
    except PackageNotFoundError:
        return False


def locked_versions(kind: str) -> dict[str, str]:
    """The packages that the lock names for every platform; those for one platform only carry a marker."""
    import re

    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==([^ ;]+) \\$", read(LOCKS[kind]), re.M))


def prepare(kind: str) -> None:
    """Makes .venv and installs the lock into it, unless that was done; what was downloaded before is used again."""
    if is_ready(kind):
        return
    try:
        os.makedirs(ENVIRONMENT, exist_ok=True)
        with only_one():
            if is_ready(kind):
                return
            if not has_pip():
                make_environment()
            install(kind)
            with open(stamp(kind), "w", encoding="utf-8", newline="") as file:
                file.write(recipe(kind))
    except OSError as error:
        raise fault(
            f"The environment {ENVIRONMENT} cannot be made: {error.strerror or error}.",
            "Free some space, or give yourself write permission on this folder; then run the same command again.",
        ) from error


def has_pip() -> bool:
    """Not where there is no environment, where making it was interrupted, or where its Python has gone."""
    import subprocess

    try:
        return subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment() -> None:
    import subprocess

    print("Making the environment in .venv (once) ...", file=sys.stderr, flush=True)
    try:
        import ensurepip  # noqa: F401 -- Debian ships venv without it
        import venv
    except ImportError:
        raise fault(
            "This Python cannot make environments (venv or pip is missing).",
            "On Debian or Ubuntu run: sudo apt install python3-venv. Elsewhere install Python from python.org.",
        ) from None
    try:
        venv.create(ENVIRONMENT, with_pip=True, clear=True, symlinks=sys.platform != "win32")
    except subprocess.CalledProcessError as error:
        raise fault(
            f"The environment could not be made: {error}.", "Free some space and run the same command again."
        ) from error


def install(kind: str) -> None:
    """pip with the hashed lock, its many lines shown as one that moves."""
    import re
    import subprocess

    total = read(LOCKS[kind]).count("==")
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command += ["--no-user", "--no-deps", "--require-hashes", "-r", LOCKS[kind]]  # the lock names all there is
    output: list[str] = []
    done = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for line in pip.stdout or ():
            output.append(line)
            found = re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line)
            if found:
                done += 1
                show_progress(done, total, found[1])
            elif "Retrying" in line:
                show_progress(done, total, "no answer from the registry, trying again")
            elif line.startswith("Installing collected"):
                show_progress(total, total, "writing to disk")
    show_progress(None, total, "")
    if pip.returncode:
        raise fault(*explanation("".join(output)))


def explanation(output: str) -> tuple[str, str]:
    """What went wrong according to pip, and what to do about it."""
    import re

    again = "What was downloaded is kept: run the same command again."
    if "No space left" in output:
        return "The disk is full; the packages need about 600 MB.", f"Free some space. {again}"
    if re.search(r"Temporary failure|Connection|timed out|Max retries|getaddrinfo|from versions: none", output):
        return "The package registry did not answer.", f"Check the internet connection (or pip's settings). {again}"
    last = "\n".join(output.splitlines()[-8:])
    if re.search(r"No matching distribution|Failed building|subprocess-exited-with-error", output):
        python = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {sys.platform}"
        return f"{last}\nA package does not come ready-made for {python}.", "Remove .venv and try another Python."
    return f"{last}\nThe packages could not be installed.", again


def show_progress(done: int | None, total: int, name: str) -> None:
    """One line that moves on a terminal; None wipes it. Elsewhere a line for every twenty packages."""
    if sys.stderr.isatty():
        line = "" if done is None else f"  installing {min(done, total)} of about {total}: {name}"
        sys.stderr.write(f"\r{line:<78}" + ("\r" if done is None else ""))
    elif done is not None and done % 20 == 1:
        sys.stderr.write(f"  installing {min(done, total)} of about {total} ...\n")
    sys.stderr.flush()


def is_ready(kind: str) -> bool:
    """The test environment holds everything that running needs."""
    kinds = ("test",) if kind == "test" else ("run", "test")
    return os.path.exists(PYTHON) and any(read(stamp(each)) == recipe(each) for each in kinds)


def stamp(kind: str) -> str:
    """The file that says what .venv was filled from; written when all of it is there."""
    return os.path.join(ENVIRONMENT, f"afterglow-{kind}.stamp")


def recipe(kind: str) -> str:
    """Changes when the lock does, and when the folder was moved (an environment keeps absolute paths)."""
    return f"{ROOT}\n{read(LOCKS[kind])}"


def read(path: str) -> str:
    """What is in a file; nothing where it is missing."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
    except OSError:
        return ""


def only_one() -> IO[str]:
    """One process at a time fills the environment; a second one waits. Closing the file lets it go on."""
    lock = open(os.path.join(ROOT, ".venv.lock"), "w")  # noqa: SIM115 -- held by whoever called
    if sys.platform == "win32":
        import msvcrt
        import time

        while True:
            try:
                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
                break
            except OSError:
                time.sleep(0.5)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def hand_over(arguments: list[str]) -> int:  # noqa: RET503 -- execv does not come back
    """Goes on in the environment's Python: in this process where the system can, else in a child."""
    if sys.platform == "win32":  # there the prompt would be back before the new process is done
        return run_child([PYTHON, *arguments])
    os.execv(PYTHON, [PYTHON, *arguments])  # noqa: S606 -- our own Python


def run_child(command: list[str], cwd: str | None = None) -> int:
    import subprocess

    child = subprocess.Popen(command, cwd=cwd)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child got it too, and knows how to end
            continue


def run_gate(extra: list[str]) -> int:
    """Everything that must hold, cheapest first; stops at the first that does not."""
    import subprocess

    for arguments in GATE:
        more = extra if "pytest" in arguments else []
        print("\n$ python " + " ".join([*arguments, *more]), file=sys.stderr, flush=True)
        code = subprocess.call([sys.executable, *arguments, *more], cwd=ROOT)
        if code:
            return code
    return 0


def fault(message: str, remedy: str) -> SystemExit:
    """What Python prints to stderr before it ends with status 1."""
    return SystemExit(f"{message}\n{remedy}")


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit("Stopped. Run the same command again to go on.") from None
