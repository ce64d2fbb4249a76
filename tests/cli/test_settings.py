"""Faults of the settings are all named at once, and no secret is ever shown."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

SECRET = "re_topsecret_123456789"


@pytest.fixture
def set_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret there is."""
    monkeypatch.setenv("AFTERGLOW_RESEND_API_KEY", SECRET)
    monkeypatch.setenv("AFTERGLOW_SMTP_PASSWORD", SECRET)
    monkeypatch.setenv("AFTERGLOW_SECRET_KEY", SECRET)


def test_all_faults_are_named_in_one_error(run: Terminal, set_all: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """She mends them in one go."""
    monkeypatch.setenv("AFTERGLOW_PROVIDER", "pigeon")
    monkeypatch.setenv("AFTERGLOW_SMTP_PORT", "many")
    monkeypatch.setenv("AFTERGLOW_STUDIO__TIMEZONE", "Mars")
    monkeypatch.setenv("AFTERGLOW_STUDIO__NOM", "x")
    answer = run("article", "list", status=1)
    for name in ("provider", "smtp_port", "studio.timezone", "studio.nom is not a setting"):
        assert name in answer.err
    assert SECRET not in answer.err
    assert "settings.toml" in answer.err


def test_unknown_words_in_the_file_are_named(run: Terminal) -> None:
    """A slip of the pen must not be lost in silence."""
    (run.home / "settings.toml").write_text("nope = 1\n[studio]\nnom = 'x'\n", encoding="utf-8")
    answer = run("doctor", status=1)
    assert "nope is not a setting" in answer.err
    assert "studio.nom is not a setting" in answer.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = = 1", "settings.toml is not valid TOML: Invalid value (at line 1, column 5)"),
        (b"\xff\xfea", "settings.toml is not UTF-8"),
        (b"home = '/elsewhere'", "names a home"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(run: Terminal, content: bytes, said: str) -> None:
    """With the place of the fault."""
    (run.home / "settings.toml").write_bytes(content)
    assert said in run("article", "list", status=1).err


def test_a_file_from_a_windows_editor_is_read(run: Terminal) -> None:
    """Notepad begins it with a byte order mark."""
    (run.home / "settings.toml").write_bytes(b"\xef\xbb\xbf[studio]\r\nname = 'Juniper Lane'\r\n")
    assert "Juniper" in (run.home / "settings.toml").read_text(encoding="utf-8")
    run("article", "list")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AFTERGLOW_DATABASE_URL", f"oracle://desk:{SECRET}@127.0.0.1/x"),
        ("AFTERGLOW_DATABASE_URL", f"postgresql://desk:{SECRET}@127.0.0.1:port/x"),
        ("AFTERGLOW_DATABASE_URL", f"postgresql://desk:{SECRET}@127.0.0.1:9/x"),
        ("AFTERGLOW_DATABASE_URL", SECRET),
        ("AFTERGLOW_STUDIO", f"{{{SECRET}"),
        ("AFTERGLOW_SMTP_PORT", SECRET),
        ("AFTERGLOW_SECRETS_DIR", "nowhere"),
    ],
)
def test_what_cannot_be_used_is_named_but_not_shown(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The name of the setting is in the message, its value is not."""
    monkeypatch.setenv(name, value)
    answer = run("article", "list", status=1)
    assert name.removeprefix("AFTERGLOW_").lower() in answer.err.lower()
    assert SECRET not in answer.err
    assert "Traceback" not in answer.err
    assert "at fault" not in answer.err


def test_a_key_that_can_be_guessed_is_refused(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It signs the links of every mail."""
    monkeypatch.setenv("AFTERGLOW_SECRET_KEY", "hunter2")
    answer = run("article", "list", status=1)
    assert "secret_key" in answer.err
    assert "hunter2" not in answer.err


def test_an_empty_variable_is_as_if_it_were_not_set(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Container files set variables to nothing."""
    for name in ("AFTERGLOW_SECRET_KEY", "AFTERGLOW_PROVIDER", "AFTERGLOW_SECRETS_DIR", "AFTERGLOW_DATABASE_URL"):
        monkeypatch.setenv(name, "")
    run("article", "list")
    assert (run.home / "secret.key").exists()


@pytest.mark.parametrize("provider", ["resend", "smtp"])
def test_a_service_that_really_sends_needs_the_whole_studio(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Everything that is missing is named at once."""
    (run.home / "settings.toml").unlink()
    monkeypatch.setenv("AFTERGLOW_PROVIDER", provider)
    answer = run("article", "list", status=1)
    own = {"resend": "resend_api_key", "smtp": "smtp_host"}[provider]
    for name in ("studio.sender_address", "studio.postal_address", "public_url", own):
        assert name in answer.err


def test_secrets_are_in_no_report(
    practice: Terminal, set_all: None, monkeypatch: pytest.MonkeyPatch, sample: Path
) -> None:
    """Neither where all is well nor where the key is refused."""
    monkeypatch.setenv("AFTERGLOW_PROVIDER", "resend")
    monkeypatch.setenv("AFTERGLOW_PUBLIC_URL", "https://juniper.example")
    for words in (("doctor",), ("doctor", "--json"), ("delivery", "list"), ("campaign", "create", "--article", "1")):
        answer = practice(*words)
        assert SECRET not in answer.out + answer.err
    monkeypatch.setenv("AFTERGLOW_RESEND_API_KEY", f"{SECRET}\nand a line break")
    answer = practice("worker", "--once", status=1)
    assert "AFTERGLOW_RESEND_API_KEY" in answer.err
    assert SECRET not in answer.out + answer.err


def test_a_secret_may_be_a_file(practice: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As containers hand them over."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "AFTERGLOW_RESEND_API_KEY").write_text(SECRET, encoding="utf-8")
    monkeypatch.setenv("AFTERGLOW_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("AFTERGLOW_PROVIDER", "resend")
    monkeypatch.setenv("AFTERGLOW_PUBLIC_URL", "https://juniper.example")
    assert SECRET not in practice("doctor").out


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            '[studio.practitioners.Mara]\nreply_to = "mara at home"\n',
            "studio.practitioners.Mara.reply_to is not a mail",
        ),
        ('[studio.practitioners.Mara]\nsender_name = "Mara\\nBcc: x"\n', "studio.practitioners.Mara.sender_name holds"),
        ('[studio.practitioners.Mara]\nadress = "x"\n', "studio.practitioners.Mara.adress is not a setting"),
        (
            '[studio.practitioners.Mara]\n[studio.practitioners."mara "]\n',
            "names one practitioner twice: Mara and mara",
        ),
        ('[studio.practitioners."  "]\n', "has a name that nobody can have"),
    ],
)
def test_a_fault_in_a_practitioners_table_is_said_in_words(run: Terminal, home: Path, table: str, said: str) -> None:
    """With the name of the table and of the key."""
    file = home / "settings.toml"
    file.write_text(file.read_text(encoding="utf-8") + table, encoding="utf-8")
    assert said in run("subscriber", "list", status=1).err
