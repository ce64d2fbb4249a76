"""The public pages: leaving by one click, and a mail in the browser."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from newsletter import signup, viewing
from newsletter.context import App
from subscribers.consent import Stream

_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; frame-ancestors 'none'; sandbox allow-popups"
)
_WHAT = {Stream.MARKETING: "newsletters", Stream.CARE: "care notes", Stream.SERVICE: "service mails", "all": "mails"}


def pages(app: App, clock: Callable[[], datetime]) -> Blueprint:
    """The routes, each a few lines over a flow."""
    public = Blueprint("public", __name__)

    @public.get("/u/<token>")
    def ask(token: str) -> ResponseReturnValue:
        """Only shows: link scanners follow every address of a mail, and must change nothing."""
        _, scope = signup.read_link(app, token)
        return render_template("public/unsubscribe.html", what=_WHAT[scope])

    @public.post("/u/<token>")
    def leave(token: str) -> ResponseReturnValue:
        """RFC 8058: one POST, no cookie, no login; the body is the same from a mail program and from our page."""
        scope = signup.unsubscribe(app, token, clock())
        return render_template("public/unsubscribed.html", what=_WHAT[scope])

    @public.get("/v/<token>")
    def view(token: str) -> Response:
        page = make_response(viewing.mail_as_page(app, token))
        page.headers["Content-Security-Policy"] = _MAIL_POLICY
        return page

    @public.get("/style.css")
    def style() -> Response:
        sheet = make_response(render_template("style.css"))
        sheet.mimetype = "text/css"
        sheet.headers["Cache-Control"] = "public, max-age=3600"
        return sheet

    return public
