"""The data page: what is kept of a reader, as a file, or erased; by a link that is good for a day."""

import json

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from newsletter import personal_data
from newsletter.context import App, Clock
from newsletter.errors import NotFoundError


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    data = Blueprint("personal_data", __name__)
    data.register_error_handler(NotFoundError, _over)

    @data.get("/d/<token>")
    def look(token: str) -> ResponseReturnValue:
        personal_data.reader(app, token, clock())
        return render_template("personal_data/choose.html")

    @data.post("/d/<token>")
    def act(token: str) -> ResponseReturnValue:
        subscriber_id = personal_data.reader(app, token, clock())
        if request.form.get("erase") == "1":
            personal_data.erase(app, subscriber_id, clock())
            return render_template("personal_data/erased.html")
        everything = json.dumps(personal_data.everything(app, subscriber_id), ensure_ascii=False, indent=2)
        return Response(
            everything + "\n",
            mimetype="application/json",
            headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
        )

    return data


def _over(_: NotFoundError) -> tuple[str, int]:
    return render_template("signup/over.html", again="signup.ask_for_link"), 404
