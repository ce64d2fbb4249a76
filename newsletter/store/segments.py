"""Segments by what the newsletter knows of a person: her sessions, the mails she got, and whether she reads them."""

from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.aftercare import SessionState
from newsletter.domain.delivery import LEFT
from newsletter.domain.event import Kind
from newsletter.store import tables
from newsletter.store.constants import is_one_of
from subscribers.consent import Stream
from subscribers.segment import Field, Rule, Segment
from subscribers.store.eligibility import in_segment
from subscribers.tables import subscriber

_TOOK_PLACE = [SessionState.PRESUMED.value, SessionState.COMPLETED.value]
_READING = [Kind.OPENED, Kind.CLICKED]


def chosen(segment: Segment) -> ColumnElement[bool]:
    """Whether the person belongs to the segment, by any of its rules; correlated to `subscriber`."""
    return in_segment(segment, further)


def further(rule: Rule) -> ColumnElement[bool]:
    """The rules that the audience by itself cannot answer. What was done in a session is none of them (GDPR art. 9)."""
    match rule.field:
        case Field.SESSIONS:
            return _sessions(func.count()) >= int(rule.value)
        case Field.SESSION_AFTER:
            return _sessions(func.max(tables.session.c.ended_at)) >= rule.moment
        case Field.SESSION_BEFORE:
            return _sessions(func.max(tables.session.c.ended_at)) < rule.moment
        case Field.RECEIVED:
            return _received(int(rule.value))
        case Field.ENGAGED_AFTER:
            return _read(tables.event.c.at >= rule.moment)
        case Field.OPENED:  # who followed a link has opened it, whatever her mail program hides
            return _read(tables.delivery.c.campaign_id == int(rule.value))
        case Field.CLICKED:
            return _read(tables.delivery.c.campaign_id == int(rule.value), tables.event.c.kind == Kind.CLICKED.value)
    raise AssertionError(f"{rule} is the audience's own")


def _sessions(figure: ColumnElement[Any]) -> ColumnElement[Any]:
    table = tables.session
    hers: Select[Any] = select(figure).where(table.c.subscriber_id == subscriber.c.id, table.c.state.in_(_TOOK_PLACE))
    return hers.correlate(subscriber).scalar_subquery()


def _received(campaign_id: int) -> ColumnElement[bool]:
    table = tables.delivery
    hers = table.c.subscriber_id == subscriber.c.id, table.c.campaign_id == campaign_id
    return exists().where(*hers, table.c.state.in_([state.value for state in LEFT])).correlate(subscriber)


def _read(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of newsletters alone, and not by a machine: how a client reads her care mails is not looked at."""
    event, delivery = tables.event, tables.delivery
    hers = delivery.c.subscriber_id == subscriber.c.id, delivery.c.stream == Stream.MARKETING.value
    told = event.c.delivery_id == delivery.c.id, is_one_of(event.c.kind, _READING), event.c.machine.is_(False)
    return exists().where(*hers, *told, *which).correlate(subscriber)
