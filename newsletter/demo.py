"""The demo: one week of a small practice on a simulated clock, every mail into a file.

Its script is run from the start whatever was done before: each action changes nothing where it was done already. The
clock goes on from the last beat of the clockwork, and stops only at moments at which something is still due. So a
demo that was interrupted continues by itself.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter import aftercare, campaigns, ingest, preferences, reviewing
from newsletter.config import SETTINGS_FILE
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.errors import RefusedError
from newsletter.store import aftercare as sessions
from newsletter.store import articles, deliveries
from newsletter.store import campaigns as stored_campaigns
from newsletter.store.clock import last_seen
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from subscribers.suppression import Reason

SAMPLES = files("newsletter.samples")
CAMPAIGN = "March letter"
OPENING = datetime(2026, 3, 2, 8, tzinfo=UTC)  # the Monday of the samples
NEWSLETTER_AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
CLOSING = datetime(2026, 3, 11, 12, tzinfo=UTC)  # by then the last session's third day is over
_LEAVING = ("jose.ibanez@example.com", datetime(2026, 3, 5, 8, tzinfo=UTC))  # reads his first care mail, and leaves
_ENTERED = timedelta(minutes=5)  # after a session's end the therapist records it
_REVIEWED = timedelta(minutes=10)  # and approves what waits for her word


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody does at a moment of the week."""

    at: datetime
    do: Callable[[], object]


def furnish(home: Path) -> None:
    """Gives a new home the demo studio's settings; a home that has settings keeps them."""
    settings = home / SETTINGS_FILE
    if not settings.exists():
        studio = SAMPLES.joinpath("studio.toml").read_text(encoding="utf-8")
        settings.write_text(f"[studio]\n{studio}", encoding="utf-8")


def run(app: App, progress: Callable[[int], None] = lambda _: None) -> None:
    """Plays the week, or what is left of it. Raises RefusedError in a home that holds somebody's own audience."""
    _open_studio(app)
    with app.database.read() as connection:
        clock = last_seen(connection) or OPENING
    for action in sorted(_script(app), key=lambda action: action.at):
        clock = _play_until(app, clock, action.at, progress)
        action.do()
    _play_until(app, clock, CLOSING, progress)


def is_finished(app: App) -> bool:
    """Whether the week was played to its end: everything was due, and nothing waits any more."""
    with app.database.read() as connection:
        campaign = stored_campaigns.find(connection, CAMPAIGN)
        waiting = deliveries.next_due(connection, OPENING)
    return campaign is not None and campaign.state is CampaignState.SENT and waiting is None


def _play_until(app: App, clock: datetime, until: datetime, progress: Callable[[int], None]) -> datetime:
    """Lets the worker work at every moment up to `until` at which something is due. Returns the new time."""
    if until < clock:
        return clock
    _tick(app, clock, progress)
    while True:
        with app.database.read() as connection:
            moment = deliveries.next_due(connection, clock)
        if moment is None or moment > until:
            return until
        clock = moment
        _tick(app, clock, progress)


def _tick(app: App, moment: datetime, progress: Callable[[int], None]) -> None:
    tick(app, lambda: moment, progress=progress)


def _open_studio(app: App) -> None:
    """Articles and audience, once."""
    with as_file(SAMPLES.joinpath("articles")) as folder:
        ingest.add(app, [str(folder)], OPENING)
    people = _samples("clients.toml")["clients"]
    with app.database.write() as connection:
        if store.count(connection):
            if store.find(connection, people[0]["email"]) is None:
                raise RefusedError(
                    "This home holds your own clients.", "Give the demo a new one: demo --home demo-home"
                )
            return
        for client in people:
            person = details(client["email"], **{key: client[key] for key in _DETAILS})
            streams = [Stream(each) for each in client["consents"]]
            added = store.add(connection, person, key=app.key, now=OPENING, source="in person", consents=streams)
            for stream in client.get("unsubscribed", ()):
                store.withdraw(connection, added.id, Stream(stream), source="unsubscribe link", at=OPENING)
            if reason := client.get("suppressed"):
                hashed = store.hash_of(connection, added.id)
                store.suppress(connection, hashed, None, reason=Reason(reason), source="mail service", at=OPENING)


_DETAILS = ("name", "timezone", "country", "language", "tags")


def _script(app: App) -> Iterator[Action]:
    """Everything that happens in the week, in no particular order."""
    week = _samples("sessions.toml")
    addresses = {client["key"]: client["email"] for client in _samples("clients.toml")["clients"]}
    for entry in week["sessions"]:
        yield from _session(app, entry, addresses[entry["client"]], week)
    yield Action(NEWSLETTER_AT - timedelta(hours=1), partial(_send_newsletter, app))
    yield Action(_LEAVING[1], partial(_leave, app, *_LEAVING))


def _session(app: App, entry: dict[str, Any], email: str, week: dict[str, Any]) -> Iterator[Action]:
    zone = ZoneInfo(week["timezone"])
    ended = entry["ended"].replace(tzinfo=zone)
    yield Action(ended + _ENTERED, partial(_record, app, entry, email, week["practitioner"], ended))
    if "tender" in entry.get("flags", ()):
        yield Action(ended + _REVIEWED, partial(_approve, app, entry["key"], ended + _REVIEWED))
    if cancelled := entry.get("cancelled_at"):
        at = cancelled.replace(tzinfo=zone)
        yield Action(at, partial(_cancel, app, entry["key"], at))
    if moved := entry.get("moved_at"):
        at = moved.replace(tzinfo=zone)
        yield Action(at, partial(_move, app, entry["key"], entry["moved_to"].replace(tzinfo=zone), at))


def _record(app: App, entry: dict[str, Any], email: str, practitioner: str, ended: datetime) -> None:
    aftercare.add_session(
        app,
        email=email,
        services=entry["services"],
        ended_at=ended,
        practitioner=practitioner,
        flags=entry.get("flags", ()),
        reference=entry["key"],
        now=ended + _ENTERED,
    )


def _approve(app: App, reference: str, at: datetime) -> None:
    reviewing.approve_session(app, _session_id(app, reference), at)


def _cancel(app: App, reference: str, at: datetime) -> None:
    aftercare.cancel_session(app, _session_id(app, reference), at)


def _move(app: App, reference: str, to: datetime, at: datetime) -> None:
    aftercare.move_session(app, _session_id(app, reference), to, at)


def _session_id(app: App, reference: str) -> int:
    with app.database.read() as connection:
        found = sessions.find(connection, reference)
    if found is None:
        raise LookupError(reference)
    return found.id


def _send_newsletter(app: App) -> None:
    """The latest article, to everybody who may get it, on Wednesday morning."""
    at = NEWSLETTER_AT - timedelta(hours=1)
    with app.database.read() as connection:
        found = stored_campaigns.find(connection, CAMPAIGN)
        newest = max(articles.all_articles(connection), key=lambda article: (article.date or date.min, article.id))
    campaign_id = found.id if found else campaigns.create(app, article_ids=[newest.id], name=CAMPAIGN, now=at)
    if found is None or found.state is CampaignState.DRAFT:
        campaigns.launch(app, campaign_id, NEWSLETTER_AT)


def _leave(app: App, email: str, at: datetime) -> None:
    with app.database.read() as connection:
        person = store.find(connection, email)
    if person is not None:
        preferences.unsubscribe(app, app.links.unsubscribe_url(person.id, Stream.CARE).rpartition("/")[2], at)


def _samples(name: str) -> dict[str, Any]:
    return tomllib.loads(SAMPLES.joinpath(name).read_text(encoding="utf-8"))
