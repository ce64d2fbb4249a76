"""Screenshots: a mail as Chromium paints it, where Chromium is installed."""

import html as markup
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SECONDS = 60
_TALLEST = 16_000  # CSS pixels; Chromium paints no higher picture
_QUIET = ("--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-background-networking")
_HEIGHT = re.compile(r'data-height="(\d+)"')
# The mail itself runs no scripts; the page around it measures it.
_FRAME = """<!doctype html><meta charset="utf-8">
<style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}</style>
<iframe width="{width}" height="{height}" srcdoc="{mail}"
onload="document.body.dataset.height = this.contentDocument.documentElement.scrollHeight"></iframe>"""


def chromium() -> str | None:
    """Where Chromium is: AFTERGLOW_CHROMIUM, or on the path; None where it is not installed."""
    return os.environ.get("AFTERGLOW_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def screenshot(browser: str, mail: str, width: int, to: Path) -> bool:
    """Paints the whole mail at that width (CSS pixels) into a PNG; False where Chromium could not."""
    with TemporaryDirectory(prefix="afterglow-") as folder:
        page = Path(folder, "mail.html")
        _write(page, mail, width, 100)
        measured = _run(browser, folder, "--dump-dom", page.as_uri())
        found = _HEIGHT.search(measured)
        if found is None:
            return False
        height = min(int(found[1]), _TALLEST)
        _write(page, mail, width, height)
        _run(browser, folder, f"--window-size={width},{height}", f"--screenshot={to}", page.as_uri())
    return to.is_file()


def _write(page: Path, mail: str, width: int, height: int) -> None:
    page.write_text(_FRAME.format(width=width, height=height, mail=markup.escape(mail)), encoding="utf-8")


def _run(browser: str, profile: str, *arguments: str) -> str:
    """What it prints; nothing where it failed. Root cannot have Chromium's sandbox: it needs a user of its own."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [browser, *_QUIET, *root, f"--user-data-dir={profile}/profile", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
