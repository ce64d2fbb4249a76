"""Reading from anywhere: a file, every file of a folder, or a page on the web."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter.domain.article import Article
from newsletter.reading.source import is_address, read_file, read_folder, read_page


def read_source(source: str, *, allow_private: bool) -> Article:
    """The article at a path or an address. Raises InputError that names it.

    `allow_private` lets addresses of the local network through.
    """
    if not is_address(source):
        return read_file(source)
    from newsletter.reading.fetch import fetch  # requests takes a quarter of a second to import

    return read_page(source, fetch(source, allow_private=allow_private))


def read_all(sources: Iterable[str], *, allow_private: bool) -> Iterator[Article]:
    """The articles of every source in turn, a folder giving all of its own."""
    for source in sources:
        if not is_address(source) and Path(source).is_dir():
            yield from map(read_file, read_folder(source))
        else:
            yield read_source(source, allow_private=allow_private)
