"""The sign-up pages: join, confirm, and the link to one's settings for those without an old mail."""

from datetime import datetime, timedelta

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer

from newsletter import signup
from newsletter.context import App, Clock
from newsletter.errors import NotFoundError
from newsletter.signup import Mail
from newsletter.web.speech import speech
from newsletter.web.throttle import Throttle
from newsletter.web.visitor import visitor
from subscribers.consent import Stream
from subscribers.errors import AudienceError

_MOST = 10  # forms that one network may post
_IN_ALL = 600  # of one form, by everybody: a flood from many networks is not passed on as mail
_WINDOW = timedelta(hours=1)
_QUICKEST = 2  # seconds: nobody reads and types faster
_SLOWEST = 24 * 3600


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    joining = Blueprint("signup", __name__)
    joining.register_error_handler(NotFoundError, _over)
    joining.register_error_handler(AudienceError, _no_address)
    _add_form(joining, app, clock, Throttle(_MOST, _IN_ALL, _WINDOW, app.key))
    _add_confirmation(joining, app, clock)
    _add_link(joining, app, clock, Throttle(_MOST, _IN_ALL, _WINDOW, app.key))
    return joining


def _add_form(joining: Blueprint, app: App, clock: Clock, throttle: Throttle) -> None:
    stamps = URLSafeSerializer(app.key, salt="form")

    @joining.get("/subscribe")
    def form() -> ResponseReturnValue:
        return render_template("signup/join.html", stamp=stamps.dumps(int(clock().timestamp())))

    @joining.post("/subscribe")
    def join() -> ResponseReturnValue:
        """The same answer whoever asks, for whatever address; a robot's form is thrown away behind it."""
        now, say = clock(), speech(app.studio)
        if not throttle.allows(visitor(app.settings.trusted_proxies), now):
            return _too_often()
        streams = {Stream.MARKETING} | ({Stream.CARE} if request.form.get("care") else set())
        wording = [say("join_wording")] + ([say("join_wording_care")] if Stream.CARE in streams else [])
        wording += [say("join_tracking")] if app.tracking and "stamp" in request.form else []  # as our own page said
        if not _is_robot(stamps, now):
            email, words = request.form.get("email", ""), " ".join(wording)
            signup.ask_to_join(app, email=email, streams=streams, wording=words, language_tag=say.language, now=now)
        return render_template("signup/joined.html")


def _add_confirmation(joining: Blueprint, app: App, clock: Clock) -> None:
    @joining.get("/c/<token>")
    def confirming(token: str) -> ResponseReturnValue:
        """Only shows: link scanners follow every address of a mail, and must confirm nothing."""
        signup.confirming(app, token, clock())
        return render_template("signup/confirm.html")

    @joining.post("/c/<token>")
    def confirm(token: str) -> ResponseReturnValue:
        person = signup.confirm(app, token, clock())
        g.language = person.language
        address = app.links.preferences_url(person.id, Stream.SERVICE)
        return render_template("signup/welcome.html", preferences=address)


def _add_link(joining: Blueprint, app: App, clock: Clock, throttle: Throttle) -> None:
    @joining.get("/link")
    def ask_for_link() -> ResponseReturnValue:
        return render_template("signup/link.html")

    @joining.post("/link")
    def send_link() -> ResponseReturnValue:
        now = clock()
        if not throttle.allows(visitor(app.settings.trusted_proxies), now):
            return _too_often()
        signup.send_mail(app, email=request.form.get("email", ""), mail=Mail.LINK, now=now)
        return render_template("signup/joined.html")


def _over(_: NotFoundError) -> tuple[str, int]:
    return render_template("signup/over.html", again="signup.form"), 404


def _no_address(_: AudienceError) -> tuple[str, int]:
    """What was typed is not repeated."""
    return render_template("signup/not_an_address.html"), 400


def _too_often() -> tuple[str, int]:
    return render_template("signup/too_often.html"), 429


def _is_robot(stamps: URLSafeSerializer, now: datetime) -> bool:
    """It filled the field that nobody sees, or was quicker than a person; a form on another site has no stamp."""
    if request.form.get("website"):
        return True
    stamp = request.form.get("stamp")
    if stamp is None:
        return False
    try:
        age = now.timestamp() - int(stamps.loads(stamp))
    except (BadData, TypeError, ValueError):
        return True
    return not _QUICKEST <= age <= _SLOWEST
