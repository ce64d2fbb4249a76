"""Campaigns in the store, and the freezing of their audience into deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.delivery import LEFT, PRIORITY, DeliveryState
from newsletter.domain.sending import NO_CONSENT, SUPPRESSED, WISHES
from newsletter.errors import NotFoundError
from newsletter.store import segments, tables
from newsletter.store.constants import constant, is_one_of
from subscribers.consent import Stream
from subscribers.segment import Segment
from subscribers.store.eligibility import consent_in_force, suppression_reason
from subscribers.store.insertion import upsert
from subscribers.store.prepared import Prepared
from subscribers.tables import UtcDateTime, subscriber

_COLUMNS = [tables.campaign.c[name] for name in Campaign.__dataclass_fields__]

# What every claim asks is put together once: for SQLAlchemy that is more work than running it.
_IS_DUE = (
    select(tables.delivery.c.id)
    .where(tables.delivery.c.campaign_id == tables.campaign.c.id)
    .where(tables.delivery.c.state == constant(DeliveryState.QUEUED), tables.delivery.c.due_at <= bindparam("now"))
    .where(is_one_of(tables.delivery.c.priority, PRIORITY.values()))  # lets the index find what is due
    .exists()
)
_IN_TURN = Prepared(
    select(tables.campaign.c.id)
    .where(is_one_of(tables.campaign.c.state, [CampaignState.SENDING, CampaignState.CANCELLED]))
    .where(tables.campaign.c.frozen_at.is_not(None), _IS_DUE)
    .order_by(tables.campaign.c.served_at.nulls_first(), tables.campaign.c.id)
)
_SERVED = Prepared(
    update(tables.campaign).where(tables.campaign.c.id == bindparam("of")).values(served_at=bindparam("now"))
)


def create(
    connection: Connection,
    *,
    name: str,
    stream: Stream,
    edition_id: int,
    segment: str,
    articles: Sequence[int],
    now: datetime,
    rest_of: int | None = None,
) -> int:
    """A draft; nothing is sent before it is scheduled."""
    values: dict[str, Any] = {"name": name, "stream": stream.value, "edition_id": edition_id, "segment": segment}
    values |= {"rest_of": rest_of}
    campaign_id: int = connection.execute(
        insert(tables.campaign)
        .values(**values, state=CampaignState.DRAFT.value, created_at=now)
        .returning(tables.campaign.c.id)
    ).scalar_one()
    rows = [{"campaign_id": campaign_id, "article_id": each, "position": place} for place, each in enumerate(articles)]
    if rows:
        connection.execute(insert(tables.campaign_article), rows)
    return campaign_id


def get(connection: Connection, campaign_id: int) -> Campaign:
    """Raises NotFoundError where there is none."""
    row = connection.execute(select(*_COLUMNS).where(tables.campaign.c.id == campaign_id)).first()
    if row is None:
        raise NotFoundError(f"There is no campaign {campaign_id}.", "List them with: campaign list")
    return _campaign(row)


def find(connection: Connection, name: str) -> Campaign | None:
    """The latest campaign of that name."""
    matches = select(*_COLUMNS).where(tables.campaign.c.name == name).order_by(tables.campaign.c.id.desc())
    row = connection.execute(matches.limit(1)).first()
    return _campaign(row) if row else None


def all_campaigns(connection: Connection) -> list[Campaign]:
    """Newest first."""
    return [_campaign(row) for row in connection.execute(select(*_COLUMNS).order_by(tables.campaign.c.id.desc()))]


def in_state(connection: Connection, *states: CampaignState) -> list[Campaign]:
    """Oldest due time first."""
    wanted = select(*_COLUMNS).where(tables.campaign.c.state.in_([state.value for state in states]))
    return [
        _campaign(row) for row in connection.execute(wanted.order_by(tables.campaign.c.due_at, tables.campaign.c.id))
    ]


def move(
    connection: Connection, campaign: Campaign, to: CampaignState, reason: str = "", **times: datetime | None
) -> bool:
    """Sets the state, unless somebody else moved the campaign first: then False, and nothing is changed."""
    moved = connection.execute(
        update(tables.campaign)
        .where(tables.campaign.c.id == campaign.id, tables.campaign.c.state == campaign.state.value)
        .values(state=to.value, reason=reason, **times)
    )
    return moved.rowcount == 1


def article_ids(connection: Connection, campaign_id: int) -> list[int]:
    """The articles of a campaign, in their order."""
    table = tables.campaign_article
    chosen = select(table.c.article_id).where(table.c.campaign_id == campaign_id).order_by(table.c.position)
    return list(connection.execute(chosen).scalars())


def in_turn(connection: Connection, now: datetime) -> list[int]:
    """Ids of campaigns with mail that is due, the one that has waited longest for its turn first.

    A cancelled one is among them when a mail came back from its call after the cancellation, to be cancelled as well.
    """
    return [campaign_id for (campaign_id,) in _IN_TURN.rows(connection, {"now": now})]


def served(connection: Connection, campaign_id: int, now: datetime) -> None:
    """The campaign had its turn."""
    _SERVED.change(connection, {"of": campaign_id, "now": now})


def cancel_queued(connection: Connection, campaign_id: int, reason: str, now: datetime) -> int:
    """Cancels what has not left yet. Returns how many."""
    table = tables.delivery
    cancelled = connection.execute(
        update(table)
        .where(table.c.campaign_id == campaign_id, table.c.state == DeliveryState.QUEUED.value)
        .values(state=DeliveryState.CANCELLED.value, reason=reason, final_at=now)
    )
    return cancelled.rowcount


def redate(connection: Connection, campaign_id: int, due: Mapping[str, datetime]) -> None:
    """Gives what has not left yet a new moment, `due` by time zone as for freeze_chunk."""
    table = tables.delivery
    zone = select(subscriber.c.timezone).where(subscriber.c.id == table.c.subscriber_id).scalar_subquery()
    moment = _due_by_zone(zone, due)
    connection.execute(
        update(table)
        .where(table.c.campaign_id == campaign_id, table.c.state == DeliveryState.QUEUED.value)
        .values(planned_at=moment, due_at=moment)
    )


def hold_for_freezing(connection: Connection, campaign: Campaign) -> bool:
    """Whether the campaign still goes out when it was to, its audience not being complete yet; it stays so for this
    transaction.

    Otherwise somebody has paused, cancelled, completed or moved it meanwhile, and nobody may be added to it.
    """
    table = tables.campaign
    going = table.c.state.in_([CampaignState.SCHEDULED.value, CampaignState.SENDING.value])
    unfrozen = (table.c.id == campaign.id, going, table.c.frozen_at.is_(None), table.c.due_at == campaign.due_at)
    return connection.execute(select(table.c.id).where(*unfrozen).with_for_update()).first() is not None


def complete(connection: Connection, campaign_id: int, now: datetime) -> None:
    """The audience is complete: from now on, who gets it no longer changes."""
    connection.execute(update(tables.campaign).where(tables.campaign.c.id == campaign_id).values(frozen_at=now))


def freeze_chunk(
    connection: Connection,
    campaign: Campaign,
    segment: Segment,
    due: Mapping[str, datetime],
    *,
    size: int,
    now: datetime,
) -> bool:
    """Gives the next `size` subscribers of the audience a delivery row each, queued or suppressed with the reason.

    `due` is when readers of each time zone are to get it, the key "" standing for every other zone. Returns False once
    everybody has been looked at. One statement a chunk, whatever its size.
    """
    through = connection.execute(
        select(tables.campaign.c.frozen_through).where(tables.campaign.c.id == campaign.id)
    ).scalar_one()
    ids = select(subscriber.c.id).where(subscriber.c.id > through).order_by(subscriber.c.id).limit(size).subquery()
    upper = connection.execute(select(func.max(ids.c.id))).scalar()
    if upper is None:
        return False
    wishes = exists().where(subscriber.c.frequency != literal_column("''"), subscriber.c.id.between(through, upper))
    wished = bool(connection.execute(select(wishes)).scalar())
    people = (
        select(subscriber.c.id, subscriber.c.timezone, why_not(now, max(due.values()), wished=wished).label("reason"))
        .where(
            subscriber.c.id > through,
            subscriber.c.id <= upper,
            subscriber.c.erased_at.is_(None),
            segments.chosen(segment),
        )
        .where(not_reached_by(campaign.rest_of))
        .cte("people")
        .prefix_with("MATERIALIZED")  # else SQLite works the reason out anew wherever it is read
    )
    rows = _delivery_rows(campaign, people, due, now)
    names = [column.name for column in rows.selected_columns]
    connection.execute(upsert(connection, tables.delivery).from_select(names, rows).on_conflict_do_nothing())
    connection.execute(update(tables.campaign).where(tables.campaign.c.id == campaign.id).values(frozen_through=upper))
    return True


def timezones(connection: Connection) -> list[str]:
    """Every time zone that a subscriber has; "" for those without one."""
    return list(connection.execute(select(subscriber.c.timezone).distinct()).scalars())


def not_reached_by(campaign_id: int | None) -> ColumnElement[bool]:
    """Whom that campaign did not reach: a mail that may have left counts as reaching her. Everybody, for none."""
    if campaign_id is None:
        return true()
    queue = tables.delivery
    reached = select(queue.c.id).where(
        queue.c.campaign_id == campaign_id,
        queue.c.subscriber_id == subscriber.c.id,
        queue.c.state.in_([state.value for state in LEFT | {DeliveryState.QUEUED}]),
    )
    return ~reached.exists()


def why_not(now: datetime, leaves_at: datetime | None = None, *, wished: bool = True) -> ColumnElement[str]:
    """Why a subscriber gets no newsletter that leaves then, or now; empty where nothing speaks against it.

    `wished` is False where nobody asked for fewer of them: for many readers, not asking each is worth it.
    """
    blocked = case(
        {reason.value: words for reason, words in SUPPRESSED.items()}, value=suppression_reason(Stream.MARKETING)
    )
    unasked = case((~consent_in_force(Stream.MARKETING, now), NO_CONSENT[Stream.MARKETING]))
    wish = [_too_soon_for_her(leaves_at or now)] if wished else []
    return func.coalesce(blocked, unasked, *wish, "")


def _too_soon_for_her(moment: datetime) -> ColumnElement[str]:
    """That she wishes for fewer newsletters, in words, where one left lately; NULL elsewhere.

    Two may be frozen before either leaves, and her clock is not asked: newsletter.domain.sending has the last word.
    """
    other, wish = tables.delivery.alias(), subscriber.c.frequency
    hers = other.c.subscriber_id == subscriber.c.id, other.c.stream == constant(Stream.MARKETING)
    left = (*hers, is_one_of(other.c.state, sorted(LEFT)), other.c.called_at < moment + timedelta(days=1))
    return case(
        *(
            (and_(wish == constant(each), exists().where(*left, other.c.called_at > moment - each.apart)), words)
            for each, words in WISHES.items()
        )
    )


def _delivery_rows(campaign: Campaign, people: CTE, due: Mapping[str, datetime], now: datetime) -> Select[Any]:
    goes = people.c.reason == ""
    moment = _due_by_zone(people.c.timezone, due)
    return select(
        literal(campaign.id).label("campaign_id"),
        people.c.id.label("subscriber_id"),
        literal(campaign.edition_id).label("edition_id"),
        literal(campaign.stream.value).label("stream"),
        literal(PRIORITY[campaign.stream]).label("priority"),
        case((goes, DeliveryState.QUEUED.value), else_=DeliveryState.SUPPRESSED.value).label("state"),
        people.c.reason,
        moment.label("planned_at"),
        moment.label("due_at"),
        literal(now, UtcDateTime).label("created_at"),
        case((goes, null()), else_=literal(now, UtcDateTime)).label("final_at"),
    ).where(people.c.id > 0)  # SQLite takes "ON CONFLICT" after a SELECT without WHERE for a join


def _due_by_zone(zone: ColumnElement[str], due: Mapping[str, datetime]) -> ColumnElement[datetime]:
    usual = literal(due[""], UtcDateTime)
    others = {name: literal(moment, UtcDateTime) for name, moment in due.items() if name}
    return case(others, value=zone, else_=usual) if others else usual


def _campaign(row: Row[Any]) -> Campaign:
    values = dict(row._mapping)
    return Campaign(**values | {"state": CampaignState(row.state), "stream": Stream(row.stream)})
