"""Tracking in the store: whose mail was opened, where its links lead, what readers wish, and what comes of it all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, func, select, update

from newsletter.domain.event import Event, Kind, Source
from newsletter.domain.tracking import Followed, Readers, Response, Seen, key_of
from newsletter.store import events, tables
from newsletter.store.constants import is_one_of
from newsletter.store.ledger import ledger
from newsletter.store.tracking_tables import edition_link, tracking_wish
from subscribers.consent import Stream
from subscribers.store.insertion import upsert
from subscribers.tables import subscriber

PAGES = "pages"  # the provider of what our own pages saw
event, wish, link = tables.event, tracking_wish, edition_link
_TRACKED = (Kind.OPENED, Kind.CLICKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that somebody visits a link of. `wish` is its reader's own; `links` are how many it has; times are UTC."""

    id: int
    edition_id: int
    stream: Stream
    handed_over_at: datetime | None
    wish: bool | None
    erased: bool
    links: int


def mail(connection: Connection, delivery_id: int) -> Mail | None:
    """None where there is no such mail, or it was never composed."""
    count = select(func.count()).where(link.c.edition_id == ledger.c.edition_id).correlate(ledger).scalar_subquery()
    row = connection.execute(
        select(
            ledger.c.id,
            ledger.c.edition_id,
            ledger.c.stream,
            func.coalesce(ledger.c.accepted_at, ledger.c.called_at).label("handed_over_at"),
            wish.c.allowed.label("wish"),
            subscriber.c.email.is_(None).label("erased"),
            count.label("links"),
        )
        .join_from(ledger, subscriber, ledger.c.subscriber_id == subscriber.c.id)
        .outerjoin(wish, wish.c.subscriber_id == ledger.c.subscriber_id)
        .where(ledger.c.id == delivery_id, ledger.c.edition_id.is_not(None))
    ).first()
    return None if row is None else Mail(**dict(row._mapping) | {"stream": Stream(row.stream)})


def target(connection: Connection, edition_id: int, number: int) -> str | None:
    """Where the link of that number leads, as its author wrote it; None where the edition has no such link."""
    found = select(link.c.url).where(link.c.edition_id == edition_id, link.c.number == number)
    return connection.execute(found).scalar()


def keep(connection: Connection, seen: Iterable[Seen], now: datetime) -> None:
    """Keeps what was seen; the same again adds nothing."""
    rows = [(PAGES, _event(each), each.delivery_id, None) for each in seen]
    events.keep(connection, Source.PAGE, rows, now)


def unmask(connection: Connection, delivery_id: int, since: datetime, scan: int) -> None:
    """Calls a machine's what looked like a person's, where so many links of a mail were followed since that moment."""
    clicks = and_(event.c.provider == PAGES, event.c.delivery_id == delivery_id, event.c.kind == Kind.CLICKED.value)
    recent = list(
        connection.execute(select(event.c.id, event.c.link, event.c.machine).where(clicks, event.c.at >= since))
    )
    people = [row for row in recent if not row.machine]
    if not people or len({row.link for row in recent}) < scan:
        return
    numbers = [row.link for row in people]
    connection.execute(delete(event).where(clicks, event.c.machine, event.c.link.in_(numbers)))
    connection.execute(
        update(event).where(event.c.id == bindparam("of")).values(machine=True, key=bindparam("named")),
        [{"of": row.id, "named": key_of(delivery_id, row.link, machine=True)} for row in people],
    )


def wish_of(connection: Connection, subscriber_id: int) -> bool | None:
    """Whether a reader allows to be noted; None where she never said."""
    return connection.execute(select(wish.c.allowed).where(wish.c.subscriber_id == subscriber_id)).scalar()


def set_wish(connection: Connection, subscriber_id: int, *, allowed: bool, wording: str, at: datetime) -> None:
    """Her word from now on. Where she does not allow it, what was noted of her is forgotten."""
    values = {"allowed": allowed, "wording": wording, "at": at}
    new = upsert(connection, wish).values(subscriber_id=subscriber_id, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["subscriber_id"], set_=values))
    if not allowed:
        forget(connection, subscriber_id)


def forget(connection: Connection, subscriber_id: int) -> None:
    """Forgets what a person opened and followed, whoever told of it."""
    hers = select(tables.delivery.c.id).where(tables.delivery.c.subscriber_id == subscriber_id)
    connection.execute(delete(event).where(_is_reading(), event.c.delivery_id.in_(hers)))


def forget_person(connection: Connection, subscriber_id: int) -> None:
    """Forgets her word too: should she come back, she is asked anew."""
    forget(connection, subscriber_id)
    connection.execute(delete(wish).where(wish.c.subscriber_id == subscriber_id))


def held(connection: Connection, subscriber_id: int) -> dict[str, Any]:
    """Her wish, and what she opened and followed, ready for JSON; moments are ISO 8601 in UTC."""
    word = connection.execute(select(wish).where(wish.c.subscriber_id == subscriber_id)).first()
    delivery = tables.delivery
    noted = (
        select(event.c.kind, event.c.at, event.c.machine, link.c.url)
        .join_from(event, delivery, event.c.delivery_id == delivery.c.id)
        .outerjoin(link, and_(link.c.edition_id == delivery.c.edition_id, link.c.number == event.c.link))
        .where(delivery.c.subscriber_id == subscriber_id, _is_reading())
        .order_by(event.c.at, event.c.id)
    )
    return {
        "allowed": word and {"allowed": word.allowed, "wording": word.wording, "at": word.at.isoformat()},
        "noted": [
            {"kind": row.kind, "at": row.at.isoformat(), "machine": row.machine, "link": row.url}
            for row in connection.execute(noted)
        ],
    }


def response(connection: Connection, campaign_id: int) -> Response:
    """How readers of a campaign responded: each counts once, and for a machine only where she did nothing herself."""
    if connection.execute(select(event.c.id).where(_is_reading()).limit(1)).first() is None:  # mostly: nothing to count
        return Response(links=_links(connection, campaign_id, {}))
    opened = _readers(connection, _of(campaign_id, Kind.OPENED))
    clicked = _readers(connection, _of(campaign_id, Kind.CLICKED))
    followed = _readers(connection, _of(campaign_id, Kind.CLICKED), event.c.link)
    return Response(
        opened=opened.get(None, Readers()),
        clicked=clicked.get(None, Readers()),
        links=_links(connection, campaign_id, followed),
    )


def _event(seen: Seen) -> Event:
    return Event(key=seen.key, kind=seen.kind, machine=seen.machine, link=seen.link, at=seen.at)


def _is_reading() -> ColumnElement[bool]:
    """In the words of its index."""
    return is_one_of(event.c.kind, _TRACKED)


def _links(connection: Connection, campaign_id: int, followed: Mapping[int | None, Readers]) -> tuple[Followed, ...]:
    campaign = tables.campaign
    rows = connection.execute(
        select(link.c.number, link.c.url)
        .join_from(link, campaign, campaign.c.edition_id == link.c.edition_id)
        .where(campaign.c.id == campaign_id)
        .order_by(link.c.number)
    )
    return tuple(Followed(number=row.number, url=row.url, by=followed.get(row.number, Readers())) for row in rows)


def _of(campaign_id: int, kind: Kind) -> ColumnElement[bool]:
    return and_(
        tables.delivery.c.campaign_id == campaign_id,
        tables.delivery.c.stream == Stream.MARKETING.value,
        _is_reading(),
        event.c.kind == kind.value,
    )


def _readers(
    connection: Connection, which: ColumnElement[bool], by: ColumnElement[int] | None = None
) -> dict[int | None, Readers]:
    """Readers of each group `by`, or under None of all."""
    groups = [] if by is None else [by]
    only_machine = func.min(case((event.c.machine, 1), else_=0)).label("only_machine")
    columns: list[ColumnElement[Any]] = [*groups, event.c.delivery_id, only_machine]
    each = select(*columns).join_from(event, tables.delivery, event.c.delivery_id == tables.delivery.c.id)
    found = each.where(which).group_by(*groups, event.c.delivery_id).subquery()
    key = [] if by is None else [found.c.link]
    machines, people = func.sum(found.c.only_machine), func.sum(1 - found.c.only_machine)
    rows = connection.execute(select(*key, machines.label("machines"), people.label("people")).group_by(*key))
    return {
        (None if by is None else row.link): Readers(people=row.people, machines=row.machines)
        for row in rows
        if row.people is not None
    }
