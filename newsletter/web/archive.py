"""The archive: newsletters that went to everybody, as pages and as an Atom feed (RFC 4287)."""

from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from newsletter import archive
from newsletter.context import App
from newsletter.web.public import MAIL_POLICY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a feed needs a moment even while it is empty
_FOR_EVERYBODY = {"Cache-Control": "public, max-age=600", "X-Robots-Tag": "all"}


def pages(app: App) -> Blueprint:
    """The routes, each a few lines over a flow."""
    past = Blueprint("archive", __name__)

    @past.get("/archive")
    def letters() -> ResponseReturnValue:
        return render_template("archive/list.html", letters=archive.past(app)), _FOR_EVERYBODY

    @past.get("/archive/<int:campaign_id>")
    def letter(campaign_id: int) -> Response:
        page = make_response(archive.page(app, campaign_id), _FOR_EVERYBODY)
        page.headers["Content-Security-Policy"] = MAIL_POLICY
        return page

    @past.get("/archive.atom")
    def feed() -> Response:
        written = render_template("archive/feed.xml", letters=archive.past(app), at=app.links.page_url, epoch=_EPOCH)
        return Response(written, mimetype="application/atom+xml", headers=_FOR_EVERYBODY)

    return past
