"""Rules on `plan`: the care plans can be read, copied, changed and checked."""

from tests.cli.terminal import Terminal


def test_every_plan_is_listed_with_its_language_and_whose_it_is(run: Terminal) -> None:
    """Ten plans in four languages, all of them ours at first."""
    plans = run.json("plan", "list")
    assert len(plans) == 40
    assert {plan["own"] for plan in plans} == {False}
    assert "cupping" in run("plan", "list").out


def test_a_plan_is_shown_with_its_times_conditions_and_words(run: Terminal) -> None:
    """What a client gets, before any client gets it."""
    shown = run("plan", "show", "relaxation").out
    assert "── day-3: after 3 days at 10:00; after a first visit only" in shown
    assert "── rebook: after 21 days at 10:00; or when she usually comes; on a weekday" in shown
    assert "let the quiet last a little longer" in shown
    german = run.json("plan", "show", "prenatal", "--language", "de-AT")
    assert (german["language"], german["invitations"][0]["when"]) == ("de", "by hand only")


def test_a_plan_that_is_not_there_is_named_with_those_that_are(run: Terminal) -> None:
    """A slip of the finger is seen at once."""
    assert "Plans there are: cupping, deep-tissue" in run("plan", "show", "cuping", status=1).err


def test_a_copied_plan_can_be_changed_and_is_then_used(practice: Terminal) -> None:
    """From the next session on: here the first mail comes after five hours instead of three."""
    run = practice
    file = run.home / "plans" / "relaxation.en.toml"
    assert run.json("plan", "copy", "relaxation") == {"file": str(file)}
    file.write_text(file.read_text(encoding="utf-8").replace("hours = 3", "hours = 5"), encoding="utf-8")
    words = ("session", "add", "--subscriber", "anna@example.com", "--service", "relaxation")
    session = run.json(*words, "--ended", "2026-03-04T10:00")
    assert session["steps"][0]["due_at"] == "2026-03-04T15:00:00Z"


def test_check_is_content_with_ours(run: Terminal) -> None:
    """What we ship can go out as it is."""
    assert run.json("plan", "check") == []
    assert "All plans can be used as they are." in run("plan", "check").out


def test_check_names_what_must_not_go_out(run: Terminal) -> None:
    """With the mail, the place and what to do; a script sees it by the exit status."""
    run("plan", "copy", "reiki")
    file = run.home / "plans" / "reiki.en.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Take a slow walk", "Reiki heals"), encoding="utf-8")
    (error, *_) = run("plan", "check", "--json", status=1).document
    assert (error["plan"], error["step"], error["rule"]) == ("reiki (en)", "same-day", "claims.reiki_outcome")
    assert (error["severity"], error["where"]) == ("error", "Reiki heals, or have a warm drink by a window.")


def test_a_broken_plan_file_is_named_with_its_line(run: Terminal) -> None:
    """Nothing is planned with it, and nothing falls back to our words behind her back."""
    folder = run.home / "plans"
    folder.mkdir()
    (folder / "mine.toml").write_text('name = "mine"\ntitle = \n', encoding="utf-8")
    err = run("plan", "check", status=1).err
    assert "mine.toml is not TOML" in err
    assert "line 2" in err
