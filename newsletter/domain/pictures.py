"""The pictures of an article: looked at, replaced, and given the address under which the service hosts them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from newsletter.domain.article import Article, Block, Image

HOSTED = "media:"  # before the name of a picture that lies in the home's media folder


def pictures(article: Article) -> Iterator[Image]:
    """In reading order."""
    return (block for block in article.blocks if isinstance(block, Image))


def with_pictures(article: Article, change: Callable[[Image], Image | None]) -> Article:
    """The article with each picture replaced, or left out where `change` gives None."""
    changed: list[Block] = []
    for block in article.blocks:
        kept = change(block) if isinstance(block, Image) else block
        if kept is not None:
            changed.append(kept)
    return replace(article, blocks=tuple(changed))


def hosted(article: Article, public_url: str) -> Article:
    """The article as a mail carries it: the pictures of the media folder at their public address."""

    def address(image: Image) -> Image:
        if not image.src.startswith(HOSTED):
            return image
        return replace(image, src=f"{public_url}/media/{image.src.removeprefix(HOSTED)}")

    return with_pictures(article, address)
