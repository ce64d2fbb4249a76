"""Mail as files: whole, durable, and never doubled."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Message
from newsletter.errors import ProviderError
from newsletter.providers.file import FileProvider
from newsletter.rendering.mime import encode

MakeMessage = Callable[..., Message]


def test_file_is_the_whole_mail(tmp_path: Path, make_message: MakeMessage) -> None:
    """The file is the mail's bytes under the message's id, and nothing unfinished stays behind."""
    message = make_message("anna")
    (result,) = FileProvider(tmp_path / "outbox").send("key", [message])
    assert result.provider_message_id == "d-anna.eml"
    assert (tmp_path / "outbox" / "new" / "d-anna.eml").read_bytes() == encode(message)
    assert list((tmp_path / "outbox" / "tmp").iterdir()) == []


def test_sending_again_replaces_the_file(tmp_path: Path, make_message: MakeMessage) -> None:
    """The same id is the same file, under whatever key."""
    provider = FileProvider(tmp_path)
    for key, subject in (("one", "first"), ("two", "second")):
        provider.send(key, [make_message("anna", subject=subject)])
    (path,) = (tmp_path / "new").iterdir()
    assert b"Subject: second\r\n" in path.read_bytes()


def test_unwritable_folder_is_named(tmp_path: Path, make_message: MakeMessage) -> None:
    """The error says which folder, what is wrong and what to do."""
    (tmp_path / "outbox").write_text("in the way")
    with pytest.raises(ProviderError, match=r"outbox cannot be written: .*waits") as caught:
        FileProvider(tmp_path / "outbox").send("key", [make_message("anna")])
    assert not caught.value.in_doubt
    assert not caught.value.permanent


def test_mails_before_a_failure_keep_their_result(tmp_path: Path, make_message: MakeMessage) -> None:
    """A folder that fails midway leaves what was written accepted, and the rest not sent."""
    (tmp_path / "new" / "d-bert.eml").mkdir(parents=True)  # no file can take the place of a folder
    messages = [make_message(reader) for reader in ("anna", "bert", "carla")]
    results = FileProvider(tmp_path).send("key", messages)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.NOT_SENT, Outcome.NOT_SENT]
    assert str(tmp_path) in results[1].reason
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("id", ["NUL", "con", "Com1", "lpt9"])
def test_devices_of_windows_are_no_file_names(tmp_path: Path, make_message: MakeMessage, id: str) -> None:
    """An id that Windows would write to a device is refused everywhere, rather than lost there."""
    message = make_message("anna", id=id)
    (result,) = FileProvider(tmp_path).send("key", [message])
    assert result.outcome is Outcome.REJECTED
    assert FileProvider(tmp_path).look_up(message).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("id", ["../escape", "a/b", "a\\b", "a.b", "a:b", ""])
def test_ids_cannot_leave_the_folder(tmp_path: Path, make_message: MakeMessage, id: str) -> None:
    """An id is never a path."""
    (result,) = FileProvider(tmp_path / "outbox").send("key", [make_message("anna", id=id)])
    assert result.outcome is Outcome.REJECTED
    assert list((tmp_path / "outbox" / "new").iterdir()) == []


def test_folder_that_cannot_be_read_proves_nothing(tmp_path: Path, make_message: MakeMessage) -> None:
    """A look-up that fails is not taken for "never sent"."""
    (tmp_path / "new").symlink_to("x" * 300)  # longer than a name may be
    assert FileProvider(tmp_path).look_up(make_message("anna")).outcome is Outcome.UNKNOWN
