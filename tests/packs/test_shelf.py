"""Rules on the shelf: a studio's own plans, and the language that each client gets."""

import os
from pathlib import Path

import pytest

from newsletter.errors import NotFoundError, RefusedError, SettingsError
from newsletter.packs.copying import copy_plan
from newsletter.packs.plan_checks import languages_left_behind
from newsletter.packs.shelf import Shelf

SCALP = """
name = "scalp"
title = "Scalp massage"
safety = ["emergency", "clot", "deep_work", "skin", "general"]

[[steps]]
name = "same-day"
offset = { hours = 3 }
when = { without_tags = ["no-notes"] }
subject = "A few words after your visit"
preheader = "Small, easy things for the hours ahead, and how to reach me."
title = "Until tomorrow"
letter = \"\"\"
Take it slowly.

Warmly,
[[ practitioner ]]
\"\"\"
"""


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("client", "studio", "gets"),
    [
        ("de", "en", "de"),
        ("de-AT", "en", "de"),
        ("FR_ca", "en", "fr"),
        ("", "es", "es"),
        ("pt-BR", "de-CH", "de"),
        ("pt", "pt", "en"),
        ("../de", "en", "en"),
    ],
)
def test_a_client_gets_her_language_or_the_studios_or_english(client: str, studio: str, gets: str) -> None:
    """xx-YY, then xx, then the studio's, then English."""
    assert {plan.language for plan in Shelf(studio).in_language(client).values()} == {gets}


def test_a_plan_of_her_own_is_added(tmp_path: Path) -> None:
    """In the studio's language where the file does not say which; a German client gets it rather than nothing."""
    write(tmp_path, "scalp.toml", SCALP)
    plans = Shelf("en", tmp_path).in_language("de")
    assert (plans["scalp"].language, plans["relaxation"].language) == ("en", "de")
    assert plans["scalp"].steps[0].when.without_tags == {"no-notes"}


def test_a_copy_takes_the_place_of_ours_in_its_language_only(tmp_path: Path) -> None:
    """And plan check says who still gets ours."""
    file = copy_plan("cupping", "en-GB", tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("hours = 3", "hours = 4"), encoding="utf-8")
    shelf = Shelf("en", tmp_path)
    assert [shelf.in_language(each)["cupping"].steps[0].offset.hours for each in ("en", "de")] == [4, 3]
    ((own, finding),) = languages_left_behind(shelf.all())
    assert own.file == str(file)
    assert "clients who read de, es, fr get ours" in finding.message


def test_a_copy_is_the_same_plan_until_it_is_changed(tmp_path: Path) -> None:
    """Every plan of ours can be copied and read again."""
    for name, ours in Shelf("fr").in_language("fr").items():
        copy_plan(name, "fr", tmp_path)
        copied = Shelf("fr", tmp_path).in_language("fr")[name]
        assert (copied.steps, copied.invitations) == (ours.steps, ours.invitations)


def test_an_edit_counts_at_once_and_changes_the_version(tmp_path: Path) -> None:
    """A worker that runs for weeks need not be started again."""
    file = write(tmp_path, "scalp.toml", SCALP)
    shelf = Shelf("en", tmp_path)
    before = shelf.in_language("en")["scalp"]
    write(tmp_path, "scalp.toml", SCALP.replace("Take it slowly.", "Take it very slowly."))
    os.utime(file, ns=(1, 1))
    after = shelf.in_language("en")["scalp"]
    assert "very" in after.steps[0].note.blocks[0].text
    assert before.version != after.version


def test_a_file_that_is_taken_away_gives_way_to_ours_again(tmp_path: Path) -> None:
    """Nothing of it is remembered."""
    file = copy_plan("reiki", "en", tmp_path)
    shelf = Shelf("en", tmp_path)
    assert any(each.own for each in shelf.all())
    file.unlink()
    assert not any(each.own for each in shelf.all())


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("hours = 3", "hours = three", "line 8"),
        ("hours = 3", "hour = 3", "“steps[0].offset.hour”"),
        ('title = "Until tomorrow"', "", "“steps[0].title”"),
    ],
)
def test_a_broken_file_is_named_with_its_line_or_key_until_it_is_mended(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    """What was read before is not used in its place: she changed it for a reason."""
    shelf = Shelf("en", tmp_path)
    file = write(tmp_path, "scalp.toml", SCALP.replace(old, new))
    for _ in range(2):
        with pytest.raises(SettingsError) as caught:
            shelf.in_language("en")
        assert str(file) in caught.value.message
        assert named in caught.value.message
    write(tmp_path, "scalp.toml", SCALP)
    assert "scalp" in shelf.in_language("en")


def test_two_files_of_one_plan_are_refused_by_name(tmp_path: Path) -> None:
    """Which of them counts would be a matter of chance."""
    write(tmp_path, "a.toml", SCALP)
    write(tmp_path, "b.toml", SCALP)
    with pytest.raises(SettingsError, match=r"“scalp” in en is in two files: .*a\.toml and .*b\.toml"):
        Shelf("en", tmp_path).in_language("en")


def test_what_windows_editors_write_is_read(tmp_path: Path) -> None:
    """A byte order mark and carriage returns do no harm."""
    (tmp_path / "scalp.toml").write_bytes(b"\xef\xbb\xbf" + SCALP.replace("\n", "\r\n").encode())
    note = Shelf("en", tmp_path).in_language("en")["scalp"].steps[0].note
    assert note.blocks[-1].text == "Warmly,\n[[ practitioner ]]"


def test_copying_does_not_overwrite_and_knows_what_there_is(tmp_path: Path) -> None:
    """Her own words are never lost to a second copy."""
    copy_plan("reiki", "en", tmp_path)
    with pytest.raises(RefusedError, match="is there already"):
        copy_plan("reiki", "en", tmp_path)
    with pytest.raises(NotFoundError, match="no plan “raki”"):
        copy_plan("raki", "en", tmp_path)
    with pytest.raises(NotFoundError, match="no plans in “pt”"):
        copy_plan("reiki", "pt", tmp_path)
