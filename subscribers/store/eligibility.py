"""Who may be mailed, as SQL expressions over the `subscriber` table for set-based use.

Each expression is correlated to `subscriber`: select from that table (or join it) and put them in the columns or the
where clause. They hold on SQLite and PostgreSQL alike.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from subscribers.consent import ConsentAction, Stream
from subscribers.errors import AudienceError
from subscribers.segment import Field, Rule, Segment
from subscribers.suppression import ALL, WEIGHT
from subscribers.tables import consent, subscriber, subscriber_tag, suppression

Further = Callable[[Rule], ColumnElement[bool]]
Moment = datetime | BindParameter[datetime]


def eligible(stream: Stream, now: datetime) -> ColumnElement[bool]:
    """There is an address, the consent is in force at `now`, and nothing suppresses the stream."""
    return and_(subscriber.c.email.is_not(None), consent_in_force(stream, now), ~suppressed(stream, now))


def consent_in_force(stream: Stream, now: Moment) -> ColumnElement[bool]:
    """Whether the latest entry of the stream allows mailing at `now`; always, for the service stream.

    `now` may be a parameter, for statements that are built once and run often.
    """
    return true() if stream is Stream.SERVICE else _latest_allows(stream, now)


def consent_in_force_for(stream: ColumnElement[str], now: Moment) -> ColumnElement[bool]:
    """The same for the stream that a column names."""
    return or_(stream == Stream.SERVICE.value, _latest_allows(stream, now))


def consent_action(stream: Stream) -> ScalarSelect[str]:
    """What the latest entry of the stream says (a ConsentAction), NULL where there is none: to tell why not."""
    return select(consent.c.action).where(consent.c.id == _latest(stream)).correlate(subscriber).scalar_subquery()


def suppressed(stream: Stream, now: Moment | None = None) -> ColumnElement[bool]:
    """Whether anything blocks the address for this stream; without `now`, even what has come to its end unnoticed."""
    return exists().where(*_blocking(stream, now)).correlate(subscriber)


def suppression_reason(stream: Stream, now: Moment | None = None) -> ColumnElement[str]:
    """The weightiest Reason that blocks the stream, NULL where nothing does; `now` as for `suppressed`."""
    hers, *blocking = _blocking(stream, now)
    weight = case({reason.value: weight for reason, weight in WEIGHT.items()}, value=suppression.c.reason)
    # One look into the index, by the address; were the streams in the WHERE clause, it would be one for each of them.
    chosen = select(func.max(case((and_(*blocking), weight)))).where(hers)
    reasons = {weight: literal(reason.value) for reason, weight in WEIGHT.items()}
    return case(reasons, value=chosen.correlate(subscriber).scalar_subquery())


def unknown_here(rule: Rule) -> ColumnElement[bool]:
    """For rules about what the audience does not know, such as sessions. Raises AudienceError."""
    raise AudienceError(f"“{rule}” cannot be asked here.", "Leave that rule out.")


def in_segment(segment: Segment, further: Further = unknown_here) -> ColumnElement[bool]:
    """Whether the person belongs to the segment; true for everyone's. `further` answers for what others know of her."""
    return and_(true(), *(or_(*(_decided(rule, further) for rule in any_of)) for any_of in segment.all_of))


def _latest_allows(stream: Stream | ColumnElement[str], now: Moment) -> ColumnElement[bool]:
    """One look at the newest entry: sorted by the index, it costs half of looking for its id first."""
    allows = and_(
        consent.c.action == ConsentAction.GRANTED.value, or_(consent.c.expires_at.is_(None), consent.c.expires_at > now)
    )
    newest = select(allows).where(consent.c.subscriber_id == subscriber.c.id, consent.c.stream == stream)
    return func.coalesce(
        newest.order_by(consent.c.id.desc()).limit(1).correlate_except(consent).scalar_subquery(), false()
    )


def _latest(stream: Stream) -> ScalarSelect[int]:
    newest = consent.alias("newest")
    return (
        select(func.max(newest.c.id))
        .where(newest.c.subscriber_id == subscriber.c.id, newest.c.stream == stream)
        .correlate(subscriber)
        .scalar_subquery()
    )


def _blocking(stream: Stream, now: Moment | None) -> tuple[ColumnElement[bool], ...]:
    blocking = (
        suppression.c.address_hash == subscriber.c.address_hash,
        suppression.c.stream.in_([stream.value, ALL]),
    )
    return blocking if now is None else (*blocking, or_(suppression.c.until.is_(None), suppression.c.until > now))


def _decided(rule: Rule, further: Further) -> ColumnElement[bool]:
    held = _holds(rule, further)
    return not_(func.coalesce(held, false())) if rule.negated else held  # who has no session had none lately


def _holds(rule: Rule, further: Further) -> ColumnElement[bool]:
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
        case _:
            return further(rule)
