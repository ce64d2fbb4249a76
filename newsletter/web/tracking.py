"""The addresses behind tracked links and pictures: they answer at once, whatever comes of noting it."""

import logging
from base64 import b64decode
from functools import partial
from wsgiref.types import WSGIEnvironment

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from newsletter import preferences, tracking
from newsletter.config import PLACEHOLDER_WEBSITE
from newsletter.context import App, Clock
from newsletter.domain.tracking import Seen, Visit
from newsletter.errors import NotFoundError, StoreError
from newsletter.web.counter import Counter
from newsletter.web.speech import speech

_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one transparent pixel
_GO_ON = "Go on.\n"  # an answer without any text would be sent only after it was noted
_PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")

log = logging.getLogger(__name__)


class _Redirect(Response):
    """Leads to the address as it stands: Werkzeug would write it anew, without an empty query and the like."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.headers["Location"]
        return headers


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    tracked = Blueprint("tracking", __name__)
    _add_answers(tracked, app, clock)
    _add_wish(tracked, app, clock)
    return tracked


def _add_answers(tracked: Blueprint, app: App, clock: Clock) -> None:
    counter: Counter[Seen] = Counter(lambda seen: tracking.keep(app, seen, clock()))

    def note(seen: Seen) -> None:
        try:
            counter.bring(seen)
        except StoreError as error:
            log.error("What a reader opened or followed could not be noted. %s", error)

    def noting(answer: Response, seen: Seen | None) -> Response:
        """The answer, after which it is noted: no reader waits for the disk, or is held up when it is full."""
        if seen is not None:
            answer.call_on_close(partial(note, seen))
        return answer

    @tracked.get("/c/<token>/<number>")
    def follow(token: str, number: str) -> Response:
        """To where the link led; one that is not ours leads to the studio, and never to anything in its own address."""
        address, seen = tracking.follow(app, token, number, _visit(), clock())
        answer = _Redirect(_GO_ON, status=302, mimetype="text/plain", headers={"Location": address or _home(app)})
        return noting(answer, seen)

    @tracked.get("/o/<token>.gif")
    def look(token: str) -> Response:
        """The same picture for everybody, also for a token that is not ours."""
        picture = Response(_PICTURE, mimetype="image/gif", headers={"Cross-Origin-Resource-Policy": "cross-origin"})
        return noting(picture, tracking.look(app, token, _visit(), clock()))


def _add_wish(tracked: Blueprint, app: App, clock: Clock) -> None:
    @tracked.get("/p/<token>/tracking")
    def ask(token: str) -> ResponseReturnValue:
        """Only shows: link scanners follow this link too."""
        return _question(app, token)

    @tracked.post("/p/<token>/tracking")
    def decide(token: str) -> ResponseReturnValue:
        """A body without an answer of ours is none: nothing is allowed by it."""
        person, answer = preferences.reader(app, token), request.form.get("allowed")
        if answer not in {"0", "1"}:
            return _question(app, token)
        words = speech(app.studio, person.language)("tracking_question")
        tracking.set_wish(app, person.id, allowed=answer == "1", wording=words, now=clock())
        return _question(app, token, saved=True)


def _question(app: App, token: str, *, saved: bool = False) -> str:
    person = preferences.reader(app, token)
    g.language = person.language
    wish = tracking.wish(app, person.id)
    return render_template("tracking/decide.html", token=token, wish=wish, saved=saved)


def _visit() -> Visit:
    purpose = " ".join(request.headers.get(name, "") for name in _PURPOSES)
    return Visit(method=request.method, user_agent=request.headers.get("User-Agent", ""), purpose=purpose)


def _home(app: App) -> str:
    if app.studio.website in {"", PLACEHOLDER_WEBSITE}:
        raise NotFoundError("This link is not complete.", "Open it from the mail once more.")
    return app.studio.website
