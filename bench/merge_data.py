"""django-anymail's merge_data: one template and the values of a thousand readers a call, through Mailgun's API."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from bench import calls, usual
from bench.section import Action, Figures, Setting
from newsletter.domain import slots
from newsletter.domain.edition import Edition
from newsletter.rendering.links import Links

_BATCH = 1000
_MAILGUN = {"MAILGUN_API_KEY": "key-bench", "MAILGUN_SENDER_DOMAIN": "mg.example"}
_UNSUBSCRIBE = {
    "List-Unsubscribe": "<%recipient.unsubscribe_url%>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


@contextmanager
def thousand_a_call(setting: Setting) -> Iterator[Action]:
    """One connection kept alive; a transaction for each call records what became of its mails."""
    settings.configure(ANYMAIL=_MAILGUN | {"MAILGUN_API_URL": f"{setting.url}/v3"})
    backend = get_connection("anymail.backends.mailgun.EmailBackend")
    with closing(usual.open_store(setting)) as store, closing(backend):
        backend.open()
        yield partial(_send_all, store, backend, calls.edition())
        left = store.execute("SELECT count(*) FROM delivery WHERE state <> 'accepted'").fetchone()
        assert left == (0,), left


def _send_all(store: sqlite3.Connection, backend: BaseEmailBackend, edition: Edition) -> Figures:
    template = [_as_mailgun(each) for each in (edition.subject, edition.text, edition.html)]
    links = Links("https://juniper.example", bytes(32))
    waiting = store.execute("SELECT id, email, name FROM delivery WHERE state = 'queued' ORDER BY id").fetchall()
    for start in range(0, len(waiting), _BATCH):
        _send(store, backend, template, links, waiting[start : start + _BATCH])
    return {}


def _send(
    store: sqlite3.Connection,
    backend: BaseEmailBackend,
    template: Sequence[str],
    links: Links,
    readers: Sequence[tuple[int, str, str]],
) -> None:
    subject, text, html = template
    to = [f'"{name}" <{address}>' if name else address for _, address, name in readers]
    message = EmailMultiAlternatives(subject, text, "Juniper Lane <mara@juniper.example>", to, headers=_UNSUBSCRIBE)
    message.attach_alternative(html, "text/html")
    message.merge_data = {address: usual.fields_of(links, number, name) for number, address, name in readers}
    backend.send_messages([message])
    sent = message.anymail_status.recipients
    rows = [(sent[address].message_id, number) for number, address, _ in readers if sent[address].status == "queued"]
    store.executemany("UPDATE delivery SET state = 'accepted', message_id = ? WHERE id = ?", rows)
    store.commit()


def _as_mailgun(text: str) -> str:
    parts = slots.split(text)
    return "".join(part if isinstance(part, str) else f"%recipient.{part.name}%" for part in parts)
