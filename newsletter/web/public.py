"""The public pages: leaving by one click, and a mail in the browser."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from newsletter import signup, viewing
from newsletter.context import App, Clock
from newsletter.rendering import palette
from newsletter.rendering.links import ALL, Scope
from subscribers.consent import Stream

# A mail has its styles in itself. Its links open; a script, a form or a frame in it would do nothing.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How the pages speak of what a link ends. `unaffected` is true whatever else the reader gets or has left."""

    question: str
    promise: str
    button: str
    done: str
    unaffected: str


_WORDS: dict[Scope, Words] = {
    Stream.MARKETING: Words(
        question="Leave the newsletter?",
        promise="One tap, and no newsletter will come any more.",
        button="Stop the newsletter",
        done="Done. No more newsletters.",
        unaffected="Your care notes after a visit are not affected.",
    ),
    Stream.CARE: Words(
        question="No more care notes?",
        promise="One tap, and no note will come after a visit any more.",
        button="Stop the care notes",
        done="Done. No more care notes.",
        unaffected="The newsletter is not affected.",
    ),
    Stream.SERVICE: Words(
        question="No more confirmations?",
        promise="One tap, and we will not confirm anything by mail any more.",
        button="Stop the confirmations",
        done="Done. No more confirmations.",
        unaffected="The newsletter and your care notes are not affected.",
    ),
    ALL: Words(
        question="No more mail from us?",
        promise="One tap, and nothing will come any more: no newsletter, no care note.",
        button="Stop everything",
        done="Done. No more mail from us.",
        unaffected="That goes for the newsletter and for care notes.",
    ),
}


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    public = Blueprint("public", __name__)
    colours = palette.of(app.studio)

    @public.get("/u/<token>")
    def ask(token: str) -> ResponseReturnValue:
        """Only shows: link scanners follow every address of a mail, and must change nothing."""
        scope = signup.read_link(app, token)
        return render_template("public/unsubscribe.html", words=_WORDS[scope], can_stop_more=scope != ALL)

    @public.post("/u/<token>")
    def leave(token: str) -> ResponseReturnValue:
        """RFC 8058: one POST, no cookie, no login, no redirect; a mail program's body never ends more than its list.

        Only the field that our own page posts ends everything, and only in the body.
        """
        left = signup.unsubscribe(app, token, clock(), everything=request.form.get("everything") == "1")
        return render_template("public/unsubscribed.html", words=_WORDS[left], can_stop_more=left != ALL)

    @public.get("/v/<token>")
    def view(token: str) -> Response:
        page = make_response(viewing.mail_as_page(app, token))
        page.headers["Content-Security-Policy"] = _MAIL_POLICY
        return page

    @public.get("/style.css")
    def style() -> Response:
        sheet = make_response(render_template("style.css", day=colours, night=colours.dark))
        sheet.mimetype = "text/css"
        sheet.headers["Cache-Control"] = "public, max-age=3600"
        return sheet

    return public
