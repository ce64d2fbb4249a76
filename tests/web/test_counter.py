"""What comes at the same time is stored together, and nobody is told so before it is."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from newsletter.errors import HookError, StoreError
from newsletter.web.counter import Counter


class Store:
    """Remembers what it was given together. Opens when it is told; `bad` fails the whole group it comes in."""

    def __init__(self, bad: str = "") -> None:
        self.groups: list[list[str]] = []
        self.is_open = Event()
        self.is_asked = Event()
        self._bad = bad

    def write(self, brought: Sequence[str]) -> list[HookError | None]:
        self.is_asked.set()
        self.is_open.wait(10)
        if self._bad and self._bad in brought:
            raise StoreError("The disk is full.")
        self.groups.append(list(brought))
        return [HookError("It is not believed.", 406) if each == "replay" else None for each in brought]


def bring_while_first_waits(store: Store, words: Sequence[str]) -> list[str]:
    """What each hears: the first is at the disk when all the others come."""
    counter: Counter[str] = Counter(store.write)
    here = Barrier(len(words))

    def bring(word: str) -> str:
        if word != words[0]:
            store.is_asked.wait(10)
            here.wait(10)
        try:
            counter.bring(word)
        except (HookError, StoreError) as error:
            return error.message
        return "stored"

    with ThreadPoolExecutor(len(words)) as pool:
        heard = [pool.submit(bring, word) for word in words]
        here.wait(10)
        store.is_open.set()
        return [each.result(10) for each in heard]


def test_what_comes_meanwhile_is_stored_together() -> None:
    """Everything once, in far fewer transactions than calls."""
    store, words = Store(), [str(number) for number in range(20)]
    assert set(bring_while_first_waits(store, words)) == {"stored"}
    assert sorted(word for group in store.groups for word in group) == sorted(words)


def test_everybody_hears_of_her_own_fault() -> None:
    """And of nobody else's."""
    assert bring_while_first_waits(Store(), ["a", "replay", "b"]) == ["stored", "It is not believed.", "stored"]


def test_one_that_cannot_be_stored_fails_alone() -> None:
    """The others of its group are stored without it."""
    store = Store(bad="bad")
    assert bring_while_first_waits(store, ["a", "bad", "b"]) == ["stored", "The disk is full.", "stored"]
    assert sorted(word for group in store.groups for word in group) == ["a", "b"]


def test_one_alone_is_stored_at_once() -> None:
    """Nobody waits for company."""
    store = Store()
    store.is_open.set()
    Counter(store.write).bring("a")
    assert store.groups == [["a"]]


def test_fault_without_words_is_raised_too() -> None:
    """It was not stored, and nobody may be told that it was."""

    def write(_: Sequence[str]) -> list[HookError | None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Counter(write).bring("a")
