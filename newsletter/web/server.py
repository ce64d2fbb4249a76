"""The web server: waitress in a thread of its own, beside the clockwork."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from newsletter.errors import SettingsError
from newsletter.web.hooks import MOST_BYTES  # the most that any page takes

_THREADS = 8  # webhooks wait for the disk together


@contextmanager
def serving(web: Flask, host: str, port: int) -> Iterator[str]:
    """Serves the pages until the block ends, and yields their address; port 0 is any that is free.

    A page that is being made when the block ends is finished first. Raises SettingsError for a host or port that
    cannot be listened on.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that calls wait a moment is no news
    with _listen(host, port) as listener:
        server = create_server(
            web, sockets=[listener], ident="", max_request_body_size=2 * MOST_BYTES, threads=_THREADS
        )
        loop = Thread(target=server.run, name="pages", daemon=True)
        loop.start()
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{server.effective_port}"
        finally:
            server.task_dispatcher.shutdown()
            # In the loop's own thread: closing sockets under its select() would end it with a fault.
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
            loop.join()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"{host}:{port} cannot be used: {error.strerror}.", "Choose another --host or --port."
        ) from error
