"""The pictures of mails, at the service's own address."""

from flask import Blueprint, Response, abort, send_file

from newsletter.context import App
from newsletter.store import media

_FOR_EVER = 365 * 24 * 3600  # a picture is named by its hash: it never changes


def pages(app: App) -> Blueprint:
    """One route: a picture of the home's media folder, and nothing else."""
    pictures = Blueprint("media", __name__)

    @pictures.get("/media/<name>")
    def show(name: str) -> Response:
        """Also in a page or a mail program on another site, which is where mails are read."""
        file = media.find(app.settings.home, name)
        if file is None:
            abort(404)
        shown = send_file(file, mimetype=media.TYPES[file.suffix], max_age=_FOR_EVER, etag=file.stem)
        shown.cache_control.public = True
        shown.cache_control.no_cache = None
        shown.cache_control.immutable = True
        shown.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return shown

    return pictures
