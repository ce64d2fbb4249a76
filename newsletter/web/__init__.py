"""The pages: what readers reach from their mail."""

import logging
from importlib.resources import files
from typing import Any

from flask import Flask, Response, g, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as PlainResponse

from newsletter.context import App, Clock
from newsletter.errors import NotFoundError
from newsletter.web import approval, archive, hooks, media, personal_data, preferences, public, signup, tracking
from newsletter.web.speech import speech

MOST_BYTES = 16 * 1024  # of a request: what a mail program or our own page posts is a few dozen

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a page holds its reader's token
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_FAULTS = {  # as words of the pages
    404: ("nothing_here", "nothing_here_next"),
    405: ("not_allowed", "nothing_here_next"),
    413: ("too_much", "nothing_here_next"),
}
_OUR_FAULT = ("our_fault", "our_fault_next")

log = logging.getLogger(__name__)


class Pages(Flask):
    """Flask, but for its log lines: they would hold the address of a page, and so its reader's token."""

    def log_exception(self, exc_info: Any) -> None:
        log.error("The page %s failed.", request.endpoint, exc_info=exc_info)


def create_app(app: App, clock: Clock) -> Flask:
    """The web application over an open App; `clock` gives the time of each request."""
    web = Pages(__name__, template_folder=str(files("templates") / "web"), static_folder=None)
    web.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    web.jinja_env.undefined = StrictUndefined
    web.url_map.merge_slashes = False  # no address is answered with a redirect to itself
    for feature in (public, signup, approval, preferences, personal_data, tracking, hooks):
        web.register_blueprint(feature.pages(app, clock))
    web.register_blueprint(archive.pages(app))
    web.register_blueprint(media.pages(app))
    web.context_processor(lambda: {"studio": app.studio, "say": speech(app.studio, g.get("language", ""))})
    web.context_processor(lambda: {"tracks": bool(app.tracking)})
    web.register_error_handler(NotFoundError, _nothing)
    web.register_error_handler(HTTPException, _fault)
    web.after_request(_protect)
    if app.settings.public_url.startswith("https://"):
        web.after_request(_insist_on_tls)
    return web


def _nothing(_: NotFoundError) -> tuple[str, int]:
    return _page("nothing_here", "nothing_here_next"), 404


def _fault(error: HTTPException) -> PlainResponse:
    """A page in words for every other status; what was asked is never repeated in it."""
    response = error.get_response()  # keeps what the status calls for, such as Allow
    response.set_data(_page(*_FAULTS.get(error.code or 500, _OUR_FAULT)))
    return response


def _page(message: str, remedy: str) -> str:
    return render_template("fault.html", message=message, remedy=remedy)


def _insist_on_tls(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
