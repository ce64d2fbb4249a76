"""SpamAssassin's word is read as it writes it: by a stand-in that speaks like it, for it is no part of the program."""

import os
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from newsletter.probing.spam import spam_score

# What SpamAssassin 4.0 puts before the mail: a folded header, the score and the rules.
STAND_IN = f"""#!{sys.executable}
import sys
mail = sys.stdin.read()
spam = "buy now" in mail
print("X-Spam-Checker-Version: SpamAssassin 4.0.1 (2024-03-25) on juniper")
print("X-Spam-Flag: " + ("YES" if spam else "NO"))
if spam:
    print("X-Spam-Status: Yes, score=12.5 required=5.0 tests=HTML_MESSAGE,")
    print("\\tSUBJ_ALL_CAPS,URIBL_BLOCKED autolearn=no autolearn_force=no")
else:
    print("X-Spam-Status: No, score=-0.1 required=5.0 tests=HTML_MESSAGE autolearn=ham")
sys.stdout.write(mail)
"""


@pytest.fixture
def spamassassin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "spamassassin"
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return program


def mail(text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Mara <mara@juniper.example>", "anna@example.com", "Rest"
    message.set_content(text)
    return message.as_bytes()


@pytest.mark.usefixtures("spamassassin")
def test_the_points_and_the_rules_are_read() -> None:
    score = spam_score(mail("buy now"))
    assert score is not None
    assert (score.points, score.limit) == (12.5, 5.0)
    assert score.rules == ("HTML_MESSAGE", "SUBJ_ALL_CAPS", "URIBL_BLOCKED")


@pytest.mark.usefixtures("spamassassin")
def test_a_letter_may_have_less_than_nothing() -> None:
    score = spam_score(mail("Sit down for a while."))
    assert score is not None
    assert score.points == -0.1


def test_without_it_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert spam_score(mail("buy now")) is None


def test_one_that_fails_is_as_if_it_were_not_there(spamassassin: Path) -> None:
    spamassassin.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert spam_score(mail("buy now")) is None
