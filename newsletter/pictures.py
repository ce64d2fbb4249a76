"""Taking in pictures: what an article shows is fetched once, made fit for mail, and kept in the home."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.domain.article import Article, Image
from newsletter.domain.pictures import HOSTED, with_pictures
from newsletter.errors import InputError
from newsletter.reading.illustrations import Loader
from newsletter.reading.source import is_address
from newsletter.store import media

Take = Callable[[str, bytes], None]  # a name and the bytes to keep under it
_MOST = 60  # of one article


@dataclass(slots=True)
class _TakingIn:
    load: Loader
    keep: Take
    web: bool
    notes: list[str] = field(default_factory=list)
    seen: dict[str, Image | None] = field(default_factory=dict)

    def __call__(self, image: Image) -> Image | None:
        if image.src.startswith(HOSTED) or (not self.web and is_address(image.src)):
            return image
        if image.src not in self.seen and len(self.seen) < _MOST:
            self.seen[image.src] = self._kept(image)
        kept = self.seen.get(image.src, image)
        return None if kept is None else replace(image, src=kept.src, width=kept.width, height=kept.height)

    def _kept(self, image: Image) -> Image | None:
        """The picture as it is in the home, with its size, or where it was; None for a tracker."""
        from newsletter.reading.pictures import prepare  # Pillow takes a while to import, and most articles need none

        try:
            picture = prepare(self.load(image.src), image.src)
        except InputError as error:
            self.notes.append(f"A picture stays where it is: {error.message}")
            return image
        if picture is None:
            return None
        self.keep(picture.name, picture.data)
        return replace(image, src=HOSTED + picture.name, width=picture.width, height=picture.height)


def take_in(article: Article, load: Loader, home: Path, *, web: bool = True) -> tuple[Article, tuple[str, ...]]:
    """The article with its pictures in the home's media folder, and a sentence for each that could not be had.

    Such a picture keeps its address; so does one on the web, unasked, where `web` is false. Trackers are left out.
    Raises StoreError where the home cannot be written to.
    """
    taking = _TakingIn(load, lambda name, data: media.keep(home, name, data), web)
    taken = with_pictures(article, taking)
    return taken, tuple(taking.notes)
