"""The ledger as it is read: every delivery by name, with its state and the reason."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import FINAL, PRIORITY, Delivery, DeliveryState
from newsletter.store import tables
from newsletter.store.constants import constant, is_one_of
from newsletter.store.ledger import ledger as rows
from subscribers.consent import Stream
from subscribers.tables import subscriber


def ledger(
    connection: Connection,
    *,
    state: DeliveryState | None = None,
    subscriber_id: int | None = None,
    campaign_id: int | None = None,
    session_id: int | None = None,
) -> Iterator[Delivery]:
    """Deliveries in the order they are due, one at a time however many there are."""
    chosen = {"state": state, "subscriber_id": subscriber_id, "campaign_id": campaign_id, "session_id": session_id}
    where = [rows.c[name] == value for name, value in chosen.items() if value is not None]
    wanted = _everything().where(*where).order_by(rows.c.due_at, rows.c.id)
    for row in connection.execute(wanted, execution_options={"yield_per": 500}):
        yield _delivery(row)


def get(connection: Connection, delivery_id: int) -> Delivery | None:
    row = connection.execute(_everything().where(rows.c.id == delivery_id)).first()
    return _delivery(row) if row else None


def edition_of(connection: Connection, delivery_id: int) -> int | None:
    """The edition that a delivery carries, once it has one."""
    return connection.execute(select(tables.delivery.c.edition_id).where(tables.delivery.c.id == delivery_id)).scalar()


def counts(connection: Connection, campaign_id: int | None = None) -> dict[str, int]:
    """How many deliveries (of a campaign, or of all) stand in each state, and `candidates`, their sum."""
    grouped = select(rows.c.state, func.count()).group_by(rows.c.state)
    if campaign_id is not None:
        grouped = grouped.where(rows.c.campaign_id == campaign_id)
    found: dict[str, int] = {row[0]: row[1] for row in connection.execute(grouped)}
    return {"candidates": sum(found.values())} | {state.value: found.get(state.value, 0) for state in DeliveryState}


def reasons(connection: Connection, campaign_id: int) -> list[tuple[str, str, int]]:
    """(state, reason, how many) for every reason that the ledger of a campaign gives, the most frequent first."""
    found = connection.execute(
        select(rows.c.state, rows.c.reason, func.count().label("number"))
        .where(rows.c.campaign_id == campaign_id, rows.c.reason != "")
        .group_by(rows.c.state, rows.c.reason)
        .order_by(func.count().desc(), rows.c.state, rows.c.reason)
    )
    return [(row.state, row.reason, row.number) for row in found]


def unfinished(connection: Connection, campaign_id: int) -> bool:
    """Whether a delivery of the campaign still waits, is under way, or is in doubt."""
    table = tables.delivery
    queued = select(table.c.id).where(
        table.c.campaign_id == campaign_id,
        table.c.state == constant(DeliveryState.QUEUED),
        is_one_of(table.c.priority, PRIORITY.values()),  # says nothing new, but lets the queue's index answer
    )
    if connection.execute(queued.limit(1)).first() is not None:  # mostly, and quickly told
        return True
    open_states = [state.value for state in frozenset(DeliveryState) - FINAL]
    found = select(rows.c.id).where(rows.c.campaign_id == campaign_id, rows.c.state.in_(open_states)).limit(1)
    return connection.execute(found).first() is not None


def due(connection: Connection, now: datetime, campaign_id: int | None = None) -> int:
    """How many queued deliveries (of a campaign, or of all) are due."""
    table = tables.delivery
    waiting = select(func.count()).where(table.c.state == DeliveryState.QUEUED.value, table.c.due_at <= now)
    if campaign_id is not None:
        waiting = waiting.where(table.c.campaign_id == campaign_id)
    return connection.execute(waiting).scalar_one()


def next_of(connection: Connection, campaign_id: int, after: datetime) -> datetime | None:
    """When the next queued delivery of a campaign is due after that moment; None where there is none."""
    table = tables.delivery
    moment: datetime | None = connection.execute(
        select(func.min(table.c.due_at)).where(
            table.c.campaign_id == campaign_id, table.c.state == DeliveryState.QUEUED.value, table.c.due_at > after
        )
    ).scalar()
    return moment


def next_due(connection: Connection, after: datetime) -> datetime | None:
    """The first moment after `after` at which a queued delivery or a scheduled campaign is due; None: there is none."""
    table, campaign = tables.delivery, tables.campaign
    queued = select(func.min(table.c.due_at)).where(table.c.state == DeliveryState.QUEUED.value, table.c.due_at > after)
    scheduled = select(func.min(campaign.c.due_at)).where(
        campaign.c.state == CampaignState.SCHEDULED.value, campaign.c.due_at > after
    )
    moments = [connection.execute(each).scalar() for each in (queued, scheduled)]
    return min((moment for moment in moments if moment is not None), default=None)


def _everything() -> Select[Any]:
    names = [name for name in Delivery.__dataclass_fields__ if name not in ("email", "subject")]
    joined = rows.join(subscriber, rows.c.subscriber_id == subscriber.c.id).outerjoin(
        tables.edition, rows.c.edition_id == tables.edition.c.id
    )
    return select(
        *(rows.c[name] for name in names),
        func.coalesce(subscriber.c.email, "").label("email"),
        func.coalesce(tables.edition.c.subject, "").label("subject"),
    ).select_from(joined)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**dict(row._mapping) | {"state": DeliveryState(row.state), "stream": Stream(row.stream)})
