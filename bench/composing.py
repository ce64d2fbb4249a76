"""Composing: from an article's file to the files of a mail, against what MRML alone takes to compile it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from mjml import mjml2html

from bench import homes
from bench.readers import NOW
from bench.section import Action, Figures, Setting
from newsletter.app import studio_of
from newsletter.composition import compose_file
from newsletter.config import Settings
from newsletter.domain.issue import Issue
from newsletter.rendering import compose, skeleton
from newsletter.rendering.templates import Templates
from newsletter.rendering.tidy import tighten

_SECTION = """
{number}. Rest, and how much of it

Slow work on one place lets the breath settle before the hands move on, and that is most of what a session does. What
you feel the day after is often the body taking stock: a little heavy, a little loose, sleepy by nine.

- Drink when you are thirsty
- Walk when you can

More about part {number}: https://juniper.example/blog/part-{number}
"""


@contextmanager
def ours(setting: Setting) -> Iterator[Action]:
    """Warm: what is read once in a process has been read."""
    source = setting.home / "article.txt"
    sections = "".join(_SECTION.format(number=number) for number in range(1, 13))
    source.write_text(f"Twelve quiet things that help\n{sections}", encoding="utf-8")
    settings = Settings(home=setting.home, studio=homes.STUDIO)
    write = partial(
        compose_file,
        str(source),
        setting.home / "out",
        settings=settings,
        studio=studio_of(homes.STUDIO),
        now=NOW,
    )

    def action() -> Figures:
        for _ in range(setting.number):
            write()
        return {}

    write()
    yield action


@contextmanager
def mrml(setting: Setting) -> Iterator[Action]:
    """The same article's markup, as it is handed to MRML."""
    templates = _Overheard()
    compose.newsletter(Issue(articles=(homes.article(),)), studio_of(homes.STUDIO), templates)
    markup = skeleton.hide_slots(tighten(templates.markup))

    def action() -> Figures:
        for _ in range(setting.number):
            mjml2html(markup, fonts={})
        return {}

    yield action


class _Overheard(Templates):
    """Keeps the markup that it fills."""

    markup = ""

    def _render(self, name: str, context: Mapping[str, object]) -> str:
        rendered = super()._render(name, context)
        if name.endswith(".mjml"):
            self.markup = rendered
        return rendered
