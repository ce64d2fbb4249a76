"""The preferences page: what a reader gets, by the link in any of her mails."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from newsletter import preferences, signup
from newsletter.context import App, Clock
from newsletter.preferences import Choice, Preferences
from newsletter.rendering import words
from newsletter.signup import Mail
from newsletter.web.speech import named_languages
from subscribers.subscriber import Frequency


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    choosing = Blueprint("preferences", __name__)

    def show(now: Preferences, saved: str = "") -> str:
        g.language = now.language
        return render_template(
            "preferences/choose.html",
            now=now,
            topics=app.settings.topics,
            languages=named_languages(),
            saved=saved,
            frequencies=list(Frequency),
        )

    @choosing.get("/p/<token>")
    def look(token: str) -> ResponseReturnValue:
        return show(preferences.read(app, token, clock()))

    @choosing.post("/p/<token>")
    def choose(token: str) -> ResponseReturnValue:
        if request.form.get("data") == "1":
            to = preferences.reader(app, token).email  # her own mailbox: this link may have been passed on with a mail
            signup.send_mail(app, email=to, mail=Mail.DATA, now=clock())
            return show(preferences.read(app, token, clock()), saved="data_asked")
        if request.form.get("everything") == "1":
            preferences.unsubscribe(app, token, clock(), everything=True)
            return show(preferences.read(app, token, clock()), saved="left_all")
        chosen = preferences.choose(app, token, _choice(), clock())
        return show(chosen, saved="cannot_turn_on" if chosen.is_refused else "saved")

    return choosing


def _choice() -> Choice:
    """A form without the mark of ours, such as a mail program's one-click, is no choice: nothing is turned on by it."""
    language, frequency = request.form.get("language", ""), request.form.get("frequency", "")
    return Choice(
        newsletter=request.form.get("newsletter") == "1",
        care=request.form.get("care") == "1",
        language=language if language in words.languages() else "",
        topics=frozenset(request.form.getlist("topic")),
        frequency=Frequency(frequency) if frequency in set(Frequency) else Frequency.EVERY,
        pause=request.form.get("pause") == "1",
    )
