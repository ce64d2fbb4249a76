"""The outbox in the store: what is due is held for this worker, with what its mails are made of."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    FromClause,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.delivery import PRIORITY, DeliveryState, Members
from newsletter.store import campaigns, deciding, tables
from newsletter.store.constants import constant, is_one_of
from newsletter.store.database import skip_locked
from newsletter.store.deciding import NOW
from subscribers.store.prepared import Prepared
from subscribers.subscriber import first_name
from subscribers.tables import subscriber

delivery = tables.delivery
_ANY_PRIORITY = is_one_of(
    delivery.c.priority, PRIORITY.values()
)  # says nothing new, but lets the index find what is due
_first_name = lru_cache(maxsize=8192)(first_name)


class Claim(NamedTuple):
    """Due deliveries that this worker holds until its transaction ends, by columns, in the order of sending.

    Of those that are not `questionable`, only the quiet hours of the reader's time zone remain to be looked at.
    """

    id: Sequence[int] = ()
    subscriber_id: Sequence[int] = ()
    edition_id: Sequence[int] = ()
    attempts: Sequence[int] = ()
    email: Sequence[str] = ()
    name: Sequence[str] = ()
    timezone: Sequence[str] = ()
    practitioner: Sequence[str] = ()
    questionable: Sequence[int | None] = ()

    def where(self, keeps: Iterable[bool]) -> "Claim":
        """Those of the deliveries for which `keeps` says so."""
        chosen = list(keeps)
        return Claim._make(list(compress(column, chosen)) for column in self)

    def members(self) -> Members:
        """What is frozen of their readers."""
        return Members(
            delivery_id=self.id,
            subscriber_id=self.subscriber_id,
            email=self.email,
            name=self.name,
            first_name=list(map(_first_name, self.name)),
            practitioner=self.practitioner,
            attempt=[attempts + 1 for attempts in self.attempts],
        )


def claim(connection: Connection, now: datetime, limit: int, *, campaign_limit: int | None = None) -> Claim:
    """The deliveries whose turn it is, due and composed, held against other workers.

    What belongs to no campaign comes first, service before care; then the campaign that waited longest has its turn,
    with at most `campaign_limit` mails. The readers are held too: two workers never decide about one person at once.
    """
    if not limit:
        return Claim()
    if (found := _claim(connection, None, now, limit)).id:
        return found
    most = limit if campaign_limit is None else min(limit, campaign_limit)
    for campaign_id in campaigns.in_turn(connection, now) if most else ():
        if (found := _claim(connection, campaign_id, now, most)).id:
            campaigns.served(connection, campaign_id, now)
            return found
    return Claim()


def personal_due(connection: Connection, until: datetime) -> int:
    """How many mails of no campaign are due until then."""
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.state == DeliveryState.QUEUED.value, delivery.c.due_at < until)
        .where(delivery.c.campaign_id.is_(None), _ANY_PRIORITY)
    ).scalar_one()


def postpone(connection: Connection, moved: Sequence[tuple[int, datetime, str]]) -> None:
    """Sets a new moment, with the reason, for (delivery id, moment, reason) each that is still queued."""
    if moved:
        rows = [{"of": each, "until": until, "why": why} for each, until, why in moved]
        connection.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("of"), delivery.c.state == DeliveryState.QUEUED.value)
            .values(due_at=bindparam("until"), reason=bindparam("why")),
            rows,
        )


def end(connection: Connection, ended: Sequence[tuple[int, DeliveryState, str]], now: datetime) -> None:
    """Suppresses or cancels, with the reason, (delivery id, state, reason) each that is still queued."""
    if ended:
        rows = [{"of": each, "to": state.value, "why": why} for each, state, why in ended]
        connection.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("of"), delivery.c.state == DeliveryState.QUEUED.value)
            .values(state=bindparam("to"), reason=bindparam("why"), final_at=now),
            rows,
        )


def _claim(connection: Connection, campaign_id: int | None, now: datetime, limit: int) -> Claim:
    """On SQLite a writer is alone and reads at once; elsewhere what is due is locked first, and then read as it is."""
    of_campaign = campaign_id is not None
    when = {"campaign": campaign_id} | deciding.around(now)
    due = {"most": limit} | when
    if connection.dialect.name == "sqlite":
        return _by_columns(_due(of_campaign).tuples(connection, due))
    locked = skip_locked(connection, _due_ids(of_campaign), delivery, subscriber)
    ids = list(connection.execute(locked, due).scalars())
    return _by_columns(connection.execute(_these(of_campaign), {"ids": ids} | when).cursor.fetchall())


def _by_columns(rows: Sequence[tuple[Any, ...]]) -> Claim:
    """Rows as the driver has them: these columns need no conversion, and a thousand rows no names for them."""
    return Claim._make(zip(*rows, strict=True)) if rows else Claim()


# The statements of every claim are built once: building them costs more than running them.
@cache
def _due(of_campaign: bool) -> Prepared:
    """What is due, of one campaign or of none."""
    return Prepared(_in_turn(_with_readers(of_campaign), of_campaign))


@cache
def _due_ids(of_campaign: bool) -> Select[Any]:
    joined = delivery.join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
    return _in_turn(select(delivery.c.id).select_from(joined), of_campaign)


@cache
def _these(of_campaign: bool) -> Select[Any]:
    """The same by their ids, already locked."""
    chosen = _with_readers(of_campaign).where(delivery.c.id.in_(bindparam("ids", expanding=True)))
    return chosen.order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)


def _in_turn(statement: Select[Any], of_campaign: bool) -> Select[Any]:
    whose = delivery.c.campaign_id == bindparam("campaign") if of_campaign else delivery.c.campaign_id.is_(None)
    return (
        statement.where(delivery.c.state == constant(DeliveryState.QUEUED), delivery.c.due_at <= NOW)
        .where(whose, _ANY_PRIORITY, delivery.c.edition_id.is_not(None))
        .order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)
        .limit(bindparam("most"))
    )


def _with_readers(of_campaign: bool) -> Select[Any]:
    """The columns of a Claim: only what belongs to no campaign may have a session, and so a practitioner."""
    joined: FromClause = delivery.join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
    practitioner: ColumnElement[str] = literal_column("''")
    if not of_campaign:
        joined = joined.outerjoin(tables.session, delivery.c.session_id == tables.session.c.id)
        practitioner = func.coalesce(tables.session.c.practitioner, "")
    asks = type_coerce(deciding.questionable(of_campaign), Integer)  # as the driver has it
    own = [delivery.c[name] for name in ("id", "subscriber_id", "edition_id", "attempts")]
    hers = [subscriber.c[name] for name in ("email", "name", "timezone")]
    return select(*own, *hers, practitioner, asks).select_from(joined)
