"""What is usual: Jinja renders each mail, requests posts it, and its row is committed, one message after the other."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

import jinja2
import requests

from bench import calls
from bench.readers import email, name
from bench.section import Action, Figures, Setting
from newsletter.domain import slots
from newsletter.rendering.links import Links
from subscribers.consent import Stream
from subscribers.subscriber import first_name


@contextmanager
def one_by_one(setting: Setting) -> Iterator[Action]:
    """Templates compiled once and one session kept alive: without any mistake but the habit itself."""
    edition = calls.edition()
    environment = jinja2.Environment(autoescape=True)
    html = environment.from_string(_as_jinja(edition.html))
    text = jinja2.Environment(autoescape=False).from_string(_as_jinja(edition.text))  # noqa: S701 - plain text
    with closing(open_store(setting)) as store, requests.Session() as session:
        yield partial(_send_all, store, session, f"{setting.url}/emails", html, text, edition.subject)


def _as_jinja(text: str) -> str:
    return "".join(map(_part_as_jinja, slots.split(text)))


def _part_as_jinja(part: slots.Part) -> str:
    if isinstance(part, str):
        return f"{{% raw %}}{part}{{% endraw %}}"
    return f"{{{{ {part.name} or {json.dumps(part.default)} }}}}"


def _send_all(
    store: sqlite3.Connection,
    session: requests.Session,
    url: str,
    html: jinja2.Template,
    text: jinja2.Template,
    subject: str,
) -> Figures:
    links = Links("https://juniper.example", bytes(32))
    waiting = store.execute("SELECT id, email, name FROM delivery WHERE state = 'queued' ORDER BY id").fetchall()
    for number, address, reader in waiting:
        fields = fields_of(links, number, reader)
        mail = {"from": "Juniper Lane <mara@juniper.example>", "to": [f"{reader} <{address}>"], "subject": subject}
        mail |= {"html": html.render(fields), "text": text.render(fields)}
        headers = {
            "List-Unsubscribe": f"<{fields['unsubscribe_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        answer = session.post(url, json=mail | {"headers": headers}, headers={"Authorization": "Bearer re_bench"})
        answer.raise_for_status()
        found = (answer.json()["id"], number)
        store.execute("UPDATE delivery SET state = 'accepted', message_id = ? WHERE id = ?", found)
        store.commit()
    return {}


def fields_of(links: Links, number: int, reader: str) -> dict[str, str]:
    """What differs from one reader's mail to the next."""
    unsubscribe = links.unsubscribe_url(number, Stream.MARKETING)
    fields = {"first_name": first_name(reader), "practitioner": "Mara", "unsubscribe_url": unsubscribe}
    return fields | {"preferences_url": unsubscribe, "view_url": links.view_url(number)}


def open_store(setting: Setting) -> sqlite3.Connection:
    """A database of its own with everybody's delivery, all queued."""
    store = sqlite3.connect(setting.home / "usual.db")
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    columns = "id INTEGER PRIMARY KEY, email TEXT, name TEXT, state TEXT, message_id TEXT"
    store.execute(f"CREATE TABLE delivery ({columns})")
    numbers = range(1, setting.number + 1)
    rows = [(each, email(each), name(each), "queued") for each in numbers]
    store.executemany("INSERT INTO delivery (id, email, name, state) VALUES (?, ?, ?, ?)", rows)
    store.commit()
    return store
