"""Mails from columns: what all readers share is handled once, what is their own column by column."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, groupby, repeat

from newsletter.domain.mailing import Column, Mailing
from newsletter.domain.slots import Slot

Escape = Callable[[str], str]
Pattern = Sequence[bytes | Column]  # what a mail is made of: bytes that all have in common, and each reader's own
_PART = 1 << 18  # bytes; stays in the processor's cache
_TO_BE_LOOKED_AT = bytes({*range(0x20), *range(0x7F, 0x100), *b"&<>\"'\\"})  # all but plain ASCII


def is_plain(values: Column) -> bool:
    """Whether in none of the values, such as links, anything would be escaped by anybody."""
    together = "".join(values).encode("utf-8", "replace")
    return len(together.translate(None, _TO_BE_LOOKED_AT)) == len(together)


def filled(mailing: Mailing, slot: Slot, escape: Escape) -> Column:
    """What stands for each reader in the place of a slot."""
    values = mailing.fields.get(slot.name) or [""] * len(mailing)
    if slot.default:
        values = [value or slot.default for value in values]
    return values if is_plain(values) else list(map(partial(_escaped, escape), values))


def weave(pattern: Pattern, size: int) -> Iterator[tuple[bytes, ...]]:
    """The pieces, in UTF-8, of each of `size` mails, a comma after each."""
    streams: list[Iterable[bytes]] = []
    for is_shared, parts in groupby([*pattern, b","], key=lambda part: isinstance(part, bytes)):
        if is_shared:
            streams.append(repeat(b"".join(parts), size))  # type: ignore[arg-type]  # bytes, as the key says
        else:
            streams += (map(str.encode, column) for column in parts)  # type: ignore[arg-type]  # columns
    return zip(*streams, strict=True)


def listed(mails: Iterable[Sequence[bytes]], opening: bytes = b"", closing: bytes = b"") -> list[bytes]:
    """The pieces of woven mails, one after the other."""
    pieces = [opening, *chain.from_iterable(mails)]
    pieces[-1] = pieces[-1].removesuffix(b",") + closing
    return pieces


class Parts:
    """Many pieces, joined some at a time as they leave: megabytes, joined as a whole, go through memory once more."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._length = sum(map(len, self._pieces))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        """Parts of about `_PART` bytes each."""
        step = len(self._pieces) * _PART // max(self._length, 1) + 1
        for start in range(0, len(self._pieces), step):
            yield b"".join(self._pieces[start : start + step])


@lru_cache(maxsize=8192)
def _escaped(escape: Escape, value: str) -> str:
    return escape(value)
