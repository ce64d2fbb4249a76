"""The pages every mail leads to: leaving by one click, and the mail in the browser; with what all pages share."""

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter import preferences, viewing
from newsletter.context import App, Clock
from newsletter.domain.studio import Design
from newsletter.rendering import palette
from newsletter.rendering.links import ALL

# A mail has its styles in itself. Its links open; a script, a form or a frame in it would do nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    public = Blueprint("public", __name__)
    _add_files(public, app)

    @public.get("/u/<token>")
    def ask(token: str) -> ResponseReturnValue:
        """Only shows: link scanners follow every address of a mail, and must change nothing."""
        scope = preferences.read_link(app, token)
        g.language = preferences.language_of(app, token)
        return render_template("public/unsubscribe.html", scope=scope, can_stop_more=scope != ALL)

    @public.post("/u/<token>")
    def leave(token: str) -> ResponseReturnValue:
        """RFC 8058: one POST, no cookie, no login, no redirect; a mail program's body never ends more than its list.

        Only the field that our own page posts ends everything, and only in the body.
        """
        left = preferences.unsubscribe(app, token, clock(), everything=request.form.get("everything") == "1")
        g.language = preferences.language_of(app, token)
        settings = url_for("preferences.look", token=token)
        return render_template("public/unsubscribed.html", scope=left, can_stop_more=left != ALL, settings=settings)

    @public.get("/v/<token>")
    def view(token: str) -> Response:
        page = make_response(viewing.mail_as_page(app, token))
        page.headers["Content-Security-Policy"] = MAIL_POLICY
        return page

    return public


def _add_files(public: Blueprint, app: App) -> None:
    """What all pages share."""
    colours = palette.of(app.studio, Design.CALM)

    @public.get("/style.css")
    def style() -> Response:
        sheet = make_response(render_template("style.css", day=colours, night=colours.dark))
        sheet.mimetype = "text/css"
        sheet.headers["Cache-Control"] = "public, max-age=3600"
        return sheet

    @public.get("/go.js")
    def go() -> Response:
        script = make_response(render_template("go.js"))
        script.mimetype = "text/javascript"
        script.headers["Cache-Control"] = "public, max-age=3600"
        return script
