"""run.py makes its environment from the lock, once, and hands over; what stops it is said in words."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
BASE_PYTHON = Path(sys.base_prefix) / ("python.exe" if sys.platform == "win32" else "bin/python3")
COMMAND = "import sys, tiny\ndef main(arguments): print(tiny.VERSION, *arguments, sep='|'); return len(arguments)\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small Afterglow in a folder with a space, whose lock names one package; its command prints what it gets."""
    folder = tmp_path / "the desk"
    (folder / "newsletter").mkdir(parents=True)
    (folder / "newsletter" / "cli.py").write_text(COMMAND, encoding="utf-8")
    shutil.copy(ROOT / "run.py", folder)
    lock(folder, "1.0", b"")
    return folder


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


def lock(folder: Path, number: str, wheel: bytes) -> None:
    """Both locks name tiny in this version; the one for the tests is as long as the real one."""
    text = f"tiny=={number} \\\n    --hash=sha256:{hashlib.sha256(wheel).hexdigest()}\n"
    (folder / "requirements.txt").write_text(text, encoding="utf-8")
    (folder / "requirements-test.txt").write_text(f"# for the tests\n{text}", encoding="utf-8")


def build_tiny(wheels: Path, number: str) -> bytes:
    """A wheel of one module, made by hand."""
    file = wheels / f"tiny-{number}-py3-none-any.whl"
    with ZipFile(file, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {number!r}\n")
        about = f"tiny-{number}.dist-info"
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {number}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return file.read_bytes()


def make_environment(folder: Path) -> None:
    """A .venv that borrows pip, and all else, from the one the tests run in: that takes no time."""
    venv.create(folder / ".venv", symlinks=sys.platform != "win32")
    paths = sysconfig.get_paths(vars={"base": str(folder / ".venv"), "platbase": str(folder / ".venv")}, scheme="venv")
    Path(paths["purelib"], "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")


def start(
    folder: Path, *arguments: str, python: Path = BASE_PYTHON, **environ: str
) -> subprocess.CompletedProcess[str]:
    """`python run.py` from another folder, without a registry, and without pip's settings on this computer."""
    return subprocess.run(
        [str(python), str(folder / "run.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=folder.parent,
        env=clean_environ() | environ,
        check=False,
    )


def clean_environ() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "AFTERGLOW_"))}
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}


def load(folder: Path) -> ModuleType:
    """The run.py of a folder as a module, to ask its functions one by one."""
    spec = importlib.util.spec_from_file_location("run_of_a_test", folder / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fill(folder: Path, kind: str) -> None:
    """Leaves what a finished installation leaves."""
    if not (folder / ".venv").exists():
        make_environment(folder)
    run = load(folder)
    Path(run.stamp(kind)).write_text(run.recipe(kind), encoding="utf-8", newline="")


def test_the_first_start_installs_the_lock_and_hands_over(checkout: Path, wheels: Path) -> None:
    """From another folder, through a path with a space: arguments and exit status pass through."""
    make_environment(checkout)
    lock(checkout, "1.0", build_tiny(wheels, "1.0"))
    done = start(checkout, "compose", "my file.txt", PIP_FIND_LINKS=str(wheels))
    assert (done.returncode, done.stdout) == (2, "1.0|compose|my file.txt\n"), done.stderr
    assert "installing" in done.stderr


def test_a_later_start_installs_nothing(checkout: Path, wheels: Path) -> None:
    """Where the stamp is that of the lock, nobody asks pip."""
    make_environment(checkout)
    lock(checkout, "1.0", build_tiny(wheels, "1.0"))
    start(checkout, PIP_FIND_LINKS=str(wheels))
    done = start(checkout, "again")
    assert (done.returncode, done.stdout, done.stderr) == (1, "1.0|again\n", "")


def test_an_environment_of_an_older_lock_is_updated(checkout: Path, wheels: Path) -> None:
    """A new lock is installed over the old one."""
    make_environment(checkout)
    for number in ("1.0", "2.0"):
        lock(checkout, number, build_tiny(wheels, number))
        done = start(checkout, PIP_FIND_LINKS=str(wheels))
        assert (done.returncode, done.stdout) == (0, f"{number}\n"), done.stderr


def test_an_installation_that_failed_is_taken_up_again(checkout: Path, wheels: Path) -> None:
    """No stamp is left by a failure, so the next start goes on."""
    make_environment(checkout)
    lock(checkout, "1.0", build_tiny(wheels, "1.0"))
    assert start(checkout).returncode == 1
    assert start(checkout, PIP_FIND_LINKS=str(wheels)).stdout == "1.0\n"


def test_two_first_starts_at_once_both_work(checkout: Path, wheels: Path) -> None:
    """The second one waits until the first has filled the environment."""
    make_environment(checkout)
    lock(checkout, "1.0", build_tiny(wheels, "1.0"))
    environ = clean_environ() | {"PIP_FIND_LINKS": str(wheels)}
    command = [str(BASE_PYTHON), str(checkout / "run.py")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) for _ in range(2)]
    answers = [each.communicate() for each in both]
    assert [out.split() for out, _ in answers] == [[b"1.0"]] * 2
    assert sorted(b"installing" in err for _, err in answers) == [False, True]


def test_a_registry_that_does_not_answer_is_named(checkout: Path) -> None:
    """The message says what to check, without a trace."""
    make_environment(checkout)
    done = start(checkout, PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/")
    assert done.returncode == 1
    assert "The package registry did not answer.\nCheck the internet connection" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout: Path, tmp_path: Path) -> None:
    """Debian ships Python without ensurepip; the message names its package."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n", encoding="utf-8")
    done = start(checkout, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_environment_that_has_the_packages_is_used_as_it_is(checkout: Path) -> None:
    """No .venv is made where everything is there already."""
    (checkout / "requirements.txt").write_text(f"pytest=={version('pytest')} \\\n", encoding="utf-8")
    (checkout / "newsletter" / "cli.py").write_text(COMMAND.replace(", tiny", "").replace("tiny.VERSION", "1"))
    done = start(checkout, python=Path(sys.executable))
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert not (checkout / ".venv").exists()


def test_a_package_that_has_gone_is_named_with_the_way_out(checkout: Path) -> None:
    """Such as after an upgrade of the Python that .venv was made with."""
    fill(checkout, "run")
    done = start(checkout)
    assert done.returncode == 1
    assert done.stderr.startswith("The package tiny is missing from ")
    assert done.stderr.endswith("Remove .venv and run this again.\n")


def test_the_real_command_starts_from_a_path_with_spaces(tmp_path: Path) -> None:
    """The checkout as it is, elsewhere, started from yet another folder."""
    folder = tmp_path / "my practice" / "after glow"
    shutil.copytree(ROOT, folder, ignore=lambda path, names: names_left_out(path, names))
    fill(folder, "run")
    done = start(folder, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("afterglow, version ")


def names_left_out(path: str, names: list[str]) -> list[str]:
    """Of the checkout, all but what running takes."""
    if Path(path) != ROOT:
        return ["__pycache__"]
    needed = {"run.py", "requirements.txt", "requirements-test.txt", "newsletter", "subscribers", "templates"}
    return [name for name in names if name not in needed]


def test_a_folder_in_the_way_of_the_environment_is_named(checkout: Path) -> None:
    """Whatever the disk refuses is said in words."""
    (checkout / ".venv").write_text("", encoding="utf-8")
    done = start(checkout)
    assert done.returncode == 1
    assert str(checkout / ".venv") in done.stderr
    assert "Traceback" not in done.stderr


def test_an_older_python_is_refused_with_its_version(checkout: Path) -> None:
    """The message names what is there and what is needed."""
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.10\.4\.\nInstall"):
        load(checkout).check_version((3, 10, 4))
    load(checkout).check_version((3, 11, 0))


def test_an_empty_folder_is_not_ready(checkout: Path) -> None:
    """Neither for running nor for the tests."""
    run = load(checkout)
    assert not run.is_ready("run")
    assert not run.is_ready("test")
    assert not run.has_pip()


def test_an_environment_without_a_stamp_is_not_ready(checkout: Path) -> None:
    """It was interrupted while it was filled."""
    make_environment(checkout)
    run = load(checkout)
    assert run.has_pip()
    assert not run.is_ready("run")


def test_the_packages_for_running_are_not_enough_for_the_tests(checkout: Path) -> None:
    """The gate adds what it needs."""
    fill(checkout, "run")
    run = load(checkout)
    assert run.is_ready("run")
    assert not run.is_ready("test")


def test_the_packages_for_the_tests_are_enough_for_running(checkout: Path) -> None:
    """Whoever has run the gate first need not install anything to run."""
    fill(checkout, "test")
    run = load(checkout)
    assert run.is_ready("test")
    assert run.is_ready("run")


@pytest.mark.parametrize("order", [("run", "test"), ("test", "run")])
def test_both_may_be_installed_in_any_order(checkout: Path, order: tuple[str, str]) -> None:
    """One does not undo the other."""
    for kind in order:
        fill(checkout, kind)
    run = load(checkout)
    assert run.is_ready("run")
    assert run.is_ready("test")


def test_an_environment_that_was_moved_is_not_ready(checkout: Path) -> None:
    """An environment keeps absolute paths, so a moved folder gets a new one."""
    fill(checkout, "run")
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert not load(moved).is_ready("run")


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Path) -> None:
    """A link that leads nowhere is neither ready nor has it pip."""
    fill(checkout, "run")
    run = load(checkout)
    Path(run.PYTHON).unlink()
    assert not run.is_ready("run")
    assert not run.has_pip()


def test_packages_for_one_platform_only_are_not_asked_for(checkout: Path) -> None:
    """A marker says that a package need not be there."""
    text = 'a-b==1.0 \\\n    --hash=x\nc[d,e]==2.1 \\\nwin==3 ; sys_platform == "win32" \\\n    --hash=z\n'
    (checkout / "requirements.txt").write_text(text, encoding="utf-8")
    assert load(checkout).locked_versions("run") == {"a-b": "1.0", "c": "2.1"}


def test_the_lock_of_the_tests_holds_that_of_running() -> None:
    """Both name the same versions; otherwise the test environment would not do for running."""
    run = load(ROOT)
    needed, tested = run.locked_versions("run"), run.locked_versions("test")
    assert len(needed) > 20
    assert needed.items() <= tested.items()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: ... Temporary failure in name resolution", "registry did not answer"),
        ("ERROR: No matching distribution found for x (from versions: none)", "registry did not answer"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for x (from versions: 1, 2)", "ready-made"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "DO NOT MATCH"),
        ("", "could not be installed"),
    ],
)
def test_what_pip_says_is_said_in_plain_words(checkout: Path, output: str, said: str) -> None:
    """Each has a next step."""
    message, remedy = load(checkout).explanation(output)
    assert said in message
    assert remedy.endswith(".")
