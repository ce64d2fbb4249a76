"""`subscriber import` takes a list in, `subscriber import --undo` takes it back, and says whom it leaves."""

from tests.cli.terminal import MakeFile, Terminal

CLIENTS = b"email,name\ndora@example.com,Dora\nemil@example.com,Emil\n"


def test_an_import_is_listed_and_taken_back(run: Terminal, make_file: MakeFile) -> None:
    """Tried first, then done, then done for good."""
    report = run.json("subscriber", "import", make_file("clients.csv", CLIENTS))
    number = str(report["batch_id"])
    tried = run.json("subscriber", "import", "--undo", number, "--dry-run")
    assert (tried["removed"], len(run.json("subscriber", "list"))) == (2, 2)
    done = run.json("subscriber", "import", "--undo", number)
    assert (done["removed"], done["restored"], done["kept"]) == (2, 0, [])
    assert run.json("subscriber", "list") == []
    (listed,) = run.json("subscriber", "imports")
    assert (listed["file_name"], listed["added"]) == ("clients.csv", 2)
    assert "undone on" in run("subscriber", "imports").out


def test_whoever_has_a_session_by_now_stays(run: Terminal, make_file: MakeFile) -> None:
    """With the reason, in words."""
    report = run.json("subscriber", "import", make_file("clients.csv", CLIENTS), "--consent", "care")
    session = ("--subscriber", "dora@example.com", "--service", "relaxation", "--ended", "2026-03-04T11:00")
    run.json("session", "add", *session)
    done = run.json("subscriber", "import", "--undo", str(report["batch_id"]))
    assert [each["email"] for each in done["kept"]] == ["dora@example.com"]
    assert done["kept"][0]["reason"] == "a mail was sent to her since, or waits for her"
    assert [each["email"] for each in run.json("subscriber", "list")] == ["dora@example.com"]


def test_a_file_or_an_import_to_take_back_but_not_both(run: Terminal, make_file: MakeFile) -> None:
    """Else it is wrong usage, and nothing happens."""
    assert run("subscriber", "import", status=2).err
    assert run("subscriber", "import", make_file("clients.csv", CLIENTS), "--undo", "1", status=2).err
