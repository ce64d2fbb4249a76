"""The whole product: one beat of the clockwork sends a campaign whose audience was frozen before."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import homes
from bench.readers import NOW
from bench.section import Action, Figures, Setting
from newsletter import worker
from newsletter.context import App

RESEND: dict[str, object] = {"provider": "resend", "resend_api_key": "re_bench"}
MAILGUN: dict[str, object] = {"provider": "mailgun", "mailgun_api_key": "key-bench", "mailgun_domain": "mg.example"}


def prepare_full_bodies(setting: Setting) -> None:
    homes.fill(setting.home, setting.number, RESEND)


def prepare_variables(setting: Setting) -> None:
    homes.fill(setting.home, setting.number, MAILGUN)


@contextmanager
def full_bodies(setting: Setting) -> Iterator[Action]:
    """Through Resend's API, a hundred whole mails a call."""
    with homes.opened(setting.home, RESEND | {"resend_url": setting.url}) as app:
        yield partial(_beat, app)
        homes.require_accepted(app, setting.number)


@contextmanager
def variables(setting: Setting) -> Iterator[Action]:
    """Through Mailgun's API, one template and the values of a thousand readers a call."""
    with homes.opened(setting.home, MAILGUN | {"mailgun_url": setting.url}) as app:
        yield partial(_beat, app)
        homes.require_accepted(app, setting.number)


def _beat(app: App) -> Figures:
    worker.tick(app, lambda: NOW)
    return {}
