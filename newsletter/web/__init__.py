"""The pages: what readers reach from their mail."""

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, render_template

from newsletter.context import App
from newsletter.errors import AfterglowError, NotFoundError
from newsletter.web import public

Clock = Callable[[], datetime]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a page holds its reader's token
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


def create_app(app: App, clock: Clock) -> Flask:
    """The web application over an open App; `clock` gives the time (aware) of each request."""
    web = Flask(__name__, template_folder=_templates(), static_folder=None)
    web.register_blueprint(public.pages(app, clock))
    web.context_processor(lambda: {"studio": app.studio})
    web.register_error_handler(404, lambda _error: _fault("There is nothing here.", "", 404))
    web.register_error_handler(405, lambda _error: _fault("This page does not do that.", "", 405))
    web.register_error_handler(NotFoundError, lambda error: _fault(error.message, error.remedy, 404))
    web.register_error_handler(AfterglowError, lambda error: _fault(error.message, error.remedy, 500))
    web.after_request(_protect)
    return web


def _templates() -> str:
    return str(Path(str(files("templates") / "web")))


def _fault(message: str, remedy: str, status: int) -> tuple[str, int]:
    return render_template("fault.html", message=message, remedy=remedy), status


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
