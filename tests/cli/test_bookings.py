"""`session import`, as a person and as a program see it."""

from tests.cli.terminal import MakeFile, Terminal

ROWS = b"""Client Email,Treatment,Over,Notes
anna@example.com,Reiki,2026-03-05 18:00,tearful
ben@example.com,Reiki,2026-03-05 19:00,
"""


def test_a_report_says_what_became_of_each_row(practice: Terminal, make_file: MakeFile) -> None:
    """Which columns were read, which were not kept, and what is left for her to do."""
    file = make_file("week.csv", ROWS)
    report = practice.json("session", "import", file, "--columns", "end=Over")
    assert [(each["row"], each["outcome"]) for each in report["rows"]] == [(2, "added"), (3, "to_do")]
    assert report["columns"] == {"email": "Client Email", "end": "Over", "service": "Treatment"}
    assert (report["left_out"], report["counts"]["added"]) == (["Notes"], 1)
    assert "--consent care" in report["rows"][1]["message"]


def test_a_dry_run_says_that_nothing_was_changed(practice: Terminal, make_file: MakeFile) -> None:
    """In words, with the rows that would change."""
    file = make_file("week.csv", ROWS)
    said = practice("session", "import", file, "--dry-run", "--columns", "end=Over").out
    assert "Nothing was changed" in said
    assert "Not read, and not kept: Notes" in said
    assert practice.json("session", "list") == []


def test_a_service_is_told_on_the_command_line(practice: Terminal, make_file: MakeFile) -> None:
    """And a plan that does not exist is refused."""
    file = make_file("week.csv", ROWS.replace(b"Reiki", b"Mara's Special"))
    refused = practice("session", "import", file, "--columns", "end=Over", "--service", "Special=sprots", status=1)
    assert "sprots" in refused.err
    told = practice.json("session", "import", file, "--columns", "end=Over", "--service", "Mara's Special=sports")
    assert told["counts"]["added"] == 1


def test_a_rehearsal_lists_mails_and_rows_in_one_forecast(practice: Terminal, make_file: MakeFile) -> None:
    """In the order of time, in the form of every forecast; and the store is as it was."""
    file, before = make_file("week.csv", ROWS), practice.json("session", "list")
    lines = practice.json("forecast", "--against", file, "--columns", "end=Over")
    assert [each["at"] for each in lines] == sorted(each["at"] for each in lines)
    skipped = next(each for each in lines if each.get("row") == 3)
    assert (skipped["will"], skipped["subscriber"]["email"]) == ("skip", "ben@example.com")
    assert {each["will"] for each in lines if "session_id" in each} == {"send"}
    assert practice.json("session", "list") == before
    assert "ben@example.com" in practice("forecast", "--against", file, "--columns", "end=Over").out


def test_columns_without_a_file_are_wrong_usage(practice: Terminal) -> None:
    """A forecast of what waits has no columns."""
    assert "--against" in practice("forecast", "--columns", "end=Over", status=2).err
