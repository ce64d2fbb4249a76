"""Who may be mailed, as SQL expressions over the `subscriber` table for set-based use.

Each expression is correlated to `subscriber`: select from that table (or join it) and put them in the columns or the
where clause. They hold on SQLite and PostgreSQL alike.
"""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, and_, case, exists, func, or_, select, true

from subscribers.consent import ConsentAction, Stream
from subscribers.segment import Field, Rule, Segment
from subscribers.suppression import ALL, WEIGHT
from subscribers.tables import consent, subscriber, subscriber_tag, suppression


def eligible(stream: Stream, now: datetime) -> ColumnElement[bool]:
    """There is an address, the consent is in force at `now`, and nothing suppresses the stream."""
    return and_(subscriber.c.email.is_not(None), consent_in_force(stream, now), ~suppressed(stream))


def consent_in_force(stream: Stream, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether the latest entry of the stream allows mailing at `now`; always, for the service stream.

    `now` may be a parameter, for statements that are built once and run often.
    """
    if stream is Stream.SERVICE:
        return true()
    return exists().where(
        consent.c.id == _latest(stream),
        consent.c.action == ConsentAction.GRANTED,
        or_(consent.c.expires_at.is_(None), consent.c.expires_at > now),
    )


def consent_action(stream: Stream) -> ScalarSelect[str]:
    """What the latest entry of the stream says (a ConsentAction), NULL where there is none: to tell why not."""
    return select(consent.c.action).where(consent.c.id == _latest(stream)).correlate(subscriber).scalar_subquery()


def suppressed(stream: Stream) -> ColumnElement[bool]:
    """Whether anything blocks the address for this stream."""
    return exists().where(*_blocking(stream)).correlate(subscriber)


def suppression_reason(stream: Stream) -> ScalarSelect[str]:
    """The weightiest Reason that blocks the stream, NULL where nothing does."""
    weight = case({reason.value: weight for reason, weight in WEIGHT.items()}, value=suppression.c.reason)
    chosen = select(suppression.c.reason).where(*_blocking(stream)).order_by(weight.desc()).limit(1)
    return chosen.correlate(subscriber).scalar_subquery()


def in_segment(segment: Segment) -> ColumnElement[bool]:
    """Whether the person belongs to the segment; true for everyone's."""
    return and_(true(), *(or_(*map(_holds, any_of)) for any_of in segment.all_of))


def _latest(stream: Stream) -> ScalarSelect[int]:
    newest = consent.alias("newest")
    return (
        select(func.max(newest.c.id))
        .where(newest.c.subscriber_id == subscriber.c.id, newest.c.stream == stream)
        .correlate(subscriber)
        .scalar_subquery()
    )


def _blocking(stream: Stream) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        suppression.c.address_hash == subscriber.c.address_hash,
        suppression.c.stream.in_([stream.value, ALL]),
    )


def _holds(rule: Rule) -> ColumnElement[bool]:
    match rule.field:
        case Field.TAG:
            tagged = exists().where(
                subscriber_tag.c.subscriber_id == subscriber.c.id, subscriber_tag.c.tag == rule.value
            )
            return tagged.correlate(subscriber)
        case Field.COUNTRY:
            return subscriber.c.country == rule.value
        case Field.LANGUAGE:
            return or_(subscriber.c.language == rule.value, subscriber.c.language.startswith(f"{rule.value}-"))
        case Field.JOINED_AFTER:
            return subscriber.c.created_at >= rule.moment
        case Field.JOINED_BEFORE:
            return subscriber.c.created_at < rule.moment
