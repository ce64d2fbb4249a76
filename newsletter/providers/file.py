"""The embedded mail service: every mail is a file that any mail program opens.

Like a Maildir, a mail is written in `tmp` and then renamed into `new`, so that what is in `new` is always whole. The
name is the message's id: sending a message again replaces the same file, and whether a mail was sent can be seen.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError
from newsletter.providers.base import Capabilities, LookUp, require_batch
from newsletter.rendering.mime import encode

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: devices, whatever the ending
_DEVICES = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)})


class FileProvider:
    """Writes into `folder`, which is made when the first mail is written."""

    name = "file"
    capabilities = Capabilities(batch=100, attached_batch=100, look_up=LookUp.CERTAIN)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._finished = folder / "new"
        self._unfinished = folder / "tmp"

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - the id is enough
        """One durable file a message. Raises ProviderError, naming the folder, when not even the first could be one."""
        require_batch(self, messages)
        results: list[Result] = []
        try:
            self._make_folders()
            for message in messages:
                results.append(self._deliver(message))  # noqa: PERF401 - those before a failure are kept
        except OSError as error:
            fault = self._fault(error)
            if not any(result.outcome is Outcome.ACCEPTED for result in results):
                raise fault from error
            missing = len(messages) - len(results)
            results += [Result(outcome=Outcome.NOT_SENT, reason=str(fault))] * missing
        self._make_names_durable()
        return tuple(results)

    def look_up(self, message: Message) -> Result:
        """Certain: the file is there, or it is not."""
        try:
            path = self._path(message)
            found = path.exists()
        except (OSError, InputError) as error:
            return Result(outcome=Outcome.UNKNOWN, reason=str(error))
        if found:
            return Result(outcome=Outcome.ACCEPTED, provider_message_id=path.name)
        return Result(outcome=Outcome.NOT_SENT, reason=f"There is no file {path.name} in {self._finished}.")

    def close(self) -> None:
        """Nothing is held open."""

    def _deliver(self, message: Message) -> Result:
        try:
            content, path = encode(message), self._path(message)
        except InputError as error:
            return Result(outcome=Outcome.REJECTED, reason=str(error))
        # The process is part of the name: two workers with the same message must not write into one file.
        unfinished = self._unfinished / f"{message.id}.{os.getpid()}.eml"
        try:
            _write_durably(unfinished, content)
            unfinished.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        return Result(outcome=Outcome.ACCEPTED, provider_message_id=path.name)

    def _path(self, message: Message) -> Path:
        if message.id.lower() in _DEVICES:
            raise InputError(f"The message id “{message.id}” is a device on Windows.", "Use another id.")
        return self._finished / f"{message.id}.eml"

    def _make_folders(self) -> None:
        for folder in (self._unfinished, self._finished):
            folder.mkdir(parents=True, exist_ok=True)

    def _make_names_durable(self) -> None:
        try:
            for folder in (self._finished, self._folder):
                _sync_folder(folder)
        except OSError as error:
            raise self._fault(error) from error

    def _fault(self, error: OSError) -> ProviderError:
        return ProviderError(
            f"The mail folder {self._folder} cannot be written: {error.strerror or error}.",
            "Free some space or allow writing there; the mail waits.",
        )


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A renamed file survives a power cut only once its folder is on disk."""
    if os.name == "nt":  # cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
