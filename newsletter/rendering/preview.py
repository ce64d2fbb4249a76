"""The preview: one page that shows a mail as readers see it: phone, desk, dark, without pictures, and as plain text."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import jinja2

_DARK = re.compile(r"\(prefers-color-scheme:\s*dark\)")
_CHARSET = '<meta http-equiv="Content-Type"'
_NOTHING_COMES_IN = '<meta http-equiv="Content-Security-Policy" content="img-src \'none\'">'


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way of seeing a mail; `width` in CSS pixels."""

    name: str
    width: int
    html: str


def views(html: str) -> tuple[View, ...]:
    """The mail on a phone and on a desk, by day and by night, and with its pictures blocked, as many mailboxes do."""
    day, night = _DARK.sub("not all", html), _DARK.sub("all", html)
    return (
        View(name="phone", width=375, html=day),
        View(name="desk", width=640, html=day),
        View(name="phone, dark", width=375, html=night),
        View(name="desk, dark", width=640, html=night),
        View(name="without pictures", width=375, html=_without_pictures(day)),
    )


def page(subject: str, preheader: str, sender: str, html: str, text: str) -> str:
    """The whole preview as one HTML page that needs nothing beside it. The mail is shut in: it runs no scripts."""
    context = MappingProxyType({"subject": subject, "preheader": preheader, "sender": sender, "text": text})
    return _template().render(**context, views=views(html))


def _without_pictures(html: str) -> str:
    return html.replace(_CHARSET, f"{_NOTHING_COMES_IN}{_CHARSET}", 1)


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    source = (files("templates") / "preview.html").read_text("utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(source)
