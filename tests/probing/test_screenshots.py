"""A mail is painted whole, at the width that was asked for."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from newsletter.probing.screenshots import chromium, screenshot
from tests.conftest import missing

pytestmark = pytest.mark.browser


@pytest.fixture
def executable() -> str:
    found = chromium()
    if found is None:
        missing("Chromium")
    assert found is not None
    return found


def test_the_picture_is_as_wide_as_asked_and_as_tall_as_the_mail(executable: str, tmp_path: Path) -> None:
    mail = '<!doctype html><body style="margin:0"><div style="height:2345px;background:#2f6f62">Rest</div></body>'
    assert screenshot(executable, mail, 375, tmp_path / "phone.png")
    with Image.open(tmp_path / "phone.png") as picture:
        assert picture.size == (375, 2345)
        assert picture.convert("RGB").getpixel((200, 2300)) == (0x2F, 0x6F, 0x62)


def test_a_program_that_is_no_browser_paints_nothing(tmp_path: Path) -> None:
    false = shutil.which("false")
    assert false is not None
    assert not screenshot(false, "<p>Rest</p>", 375, tmp_path / "phone.png")
