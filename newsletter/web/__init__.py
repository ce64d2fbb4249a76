"""The pages: what readers reach from their mail."""

import logging
from importlib.resources import files
from typing import Any

from flask import Flask, Response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as PlainResponse

from newsletter.context import App, Clock
from newsletter.errors import NotFoundError
from newsletter.web import public

MOST_BYTES = 16 * 1024  # of a request: what a mail program or our own page posts is a few dozen

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a page holds its reader's token
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_FAULTS = {
    404: ("There is nothing at this address.", "If you came from a mail, open the link there once more."),
    405: ("This page cannot do that.", "If you came from a mail, open the link there once more."),
    413: ("That was too much for this page.", "If you came from a mail, open the link there once more."),
}
_OUR_FAULT = (
    "Something went wrong on our side.",
    "Please try again in a few minutes; trying twice does no harm. You can also reply to any mail from us.",
)

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
    web.register_blueprint(public.pages(app, clock))
    web.context_processor(lambda: {"studio": app.studio})
    web.register_error_handler(NotFoundError, _nothing)
    web.register_error_handler(HTTPException, _fault)
    web.after_request(_protect)
    return web


def _nothing(error: NotFoundError) -> tuple[str, int]:
    return _page(error.message, error.remedy), 404


def _fault(error: HTTPException) -> PlainResponse:
    """A page in words for every other status; what was asked is never repeated in it."""
    response = error.get_response()  # keeps what the status calls for, such as Allow
    response.set_data(_page(*_FAULTS.get(error.code or 500, _OUR_FAULT)))
    return response


def _page(message: str, remedy: str) -> str:
    return render_template("fault.html", message=message, remedy=remedy)


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
