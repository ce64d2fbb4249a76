"""What a forecast reads: who waits before the simulation, and where everybody stands after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Result, Row, func, select

from newsletter.domain.delivery import DeliveryState
from newsletter.domain.forecast import Foreseen, Will, fate
from newsletter.store import tables
from newsletter.store.aftercare import NOT_REVIEWED, WAITS
from newsletter.store.ledger import ledger
from subscribers.consent import Stream
from subscribers.tables import subscriber

delivery = tables.delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The ids of everything that is queued, and the newest id of all: what comes later was planned meanwhile."""

    ids: frozenset[int]
    newest: int

    def has(self, delivery_id: int) -> bool:
        return delivery_id in self.ids or delivery_id > self.newest


def waiting(connection: Connection) -> Waiting:
    queued = connection.execute(select(delivery.c.id).where(delivery.c.state == DeliveryState.QUEUED.value)).scalars()
    newest = connection.execute(select(func.coalesce(func.max(delivery.c.id), 0))).scalar_one()
    return Waiting(ids=frozenset(queued), newest=newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when until when a forecast looks (aware), and on whose clock its reasons name a time."""

    start: datetime
    stop: datetime
    timezone: str


def outlook(connection: Connection, since: Waiting, span: Span, holds: Mapping[int | None, str]) -> list[Foreseen]:
    """What became of all that waited `since` then, in the order of time; what is due only after the span is left out.

    `holds` are the reasons for which what is still queued stays: by campaign, and under None for all the others.
    """
    names = ("id", "campaign_id", "session_id", "step", "subscriber_id", "stream", "state", "reason")
    moments = ("planned_at", "due_at", "expires_at", "created_at", "accepted_at", "final_at")
    joined = ledger.join(subscriber, ledger.c.subscriber_id == subscriber.c.id).outerjoin(
        tables.edition, ledger.c.edition_id == tables.edition.c.id
    )
    rows: Result[Any] = connection.execution_options(yield_per=500).execute(
        select(
            *(ledger.c[name] for name in (*names, *moments)),
            func.coalesce(subscriber.c.email, "").label("email"),
            subscriber.c.name,
            func.coalesce(tables.edition.c.subject, "").label("subject"),
        )
        .select_from(joined)
        .order_by(ledger.c.id)
    )
    found = [_foreseen(row, span, holds) for row in rows if since.has(row.id)]
    return sorted((each for each in found if each.at <= span.stop), key=lambda each: each.at)


def _foreseen(row: Row[Any], span: Span, holds: Mapping[int | None, str]) -> Foreseen:
    unreviewed = row.reason in (WAITS, NOT_REVIEWED)
    will = fate(DeliveryState(row.state), unreviewed=unreviewed)
    reason = row.reason
    if unreviewed:
        until = row.expires_at.astimezone(ZoneInfo(span.timezone))
        reason = f"waits for the practitioner's review until {until:%d %B at %H:%M}"
    elif will is Will.HOLD:
        reason = holds.get(row.campaign_id) or holds.get(None, "")
    return Foreseen(
        at=max(_moment(row, will, unreviewed), span.start),
        will=will,
        reason=reason,
        subscriber_id=row.subscriber_id,
        email=row.email,
        name=row.name,
        stream=Stream(row.stream),
        campaign_id=row.campaign_id,
        session_id=row.session_id,
        step=row.step,
        subject=row.subject,
    )


def _moment(row: Row[Any], will: Will, unreviewed: bool) -> datetime:
    """When it is done; what stays, or never was to go, has the moment that it was planned for."""
    not_meant = row.session_id is not None and will is Will.SKIP and row.final_at == row.created_at
    stays = row.planned_at if unreviewed or not_meant else row.due_at if will is Will.HOLD else None
    moment: datetime = stays or row.accepted_at or row.final_at
    return moment
