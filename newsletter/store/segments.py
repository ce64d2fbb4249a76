"""Segments by what the newsletter knows of a person: her sessions, the mails she got, and whether she reads them."""

from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.aftercare import SessionState
from newsletter.domain.delivery import LEFT
from newsletter.domain.event import Kind
from newsletter.store import tables
from subscribers.consent import Stream
from subscribers.segment import Field, Rule, Segment
from subscribers.store.eligibility import in_segment
from subscribers.tables import subscriber

_TOOK_PLACE = [SessionState.PRESUMED.value, SessionState.COMPLETED.value]
_READING = [Kind.OPENED.value, Kind.CLICKED.value]


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
            return _engaged(rule)
    raise AssertionError(f"{rule} is the audience's own")


def _sessions(figure: ColumnElement[Any]) -> ColumnElement[Any]:
    table = tables.session
    hers: Select[Any] = select(figure).where(table.c.subscriber_id == subscriber.c.id, table.c.state.in_(_TOOK_PLACE))
    return hers.correlate(subscriber).scalar_subquery()


def _received(campaign_id: int) -> ColumnElement[bool]:
    table = tables.delivery
    hers = table.c.subscriber_id == subscriber.c.id, table.c.campaign_id == campaign_id
    return exists().where(*hers, table.c.state.in_([state.value for state in LEFT])).correlate(subscriber)


def _engaged(rule: Rule) -> ColumnElement[bool]:
    """Of newsletters alone: how a client reads her care mails is not looked at."""
    event, delivery = tables.event, tables.delivery
    hers = delivery.c.subscriber_id == subscriber.c.id, delivery.c.stream == Stream.MARKETING.value
    told = event.c.delivery_id == delivery.c.id, event.c.kind.in_(_READING), event.c.machine.is_(False)
    return exists().where(*hers, *told, event.c.at >= rule.moment).correlate(subscriber)
