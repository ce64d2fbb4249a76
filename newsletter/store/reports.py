"""The ledger in figures: a few set-based statements, whatever its size."""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, and_, case, cast, func, literal, or_, select

from newsletter.domain.delivery import DeliveryState
from newsletter.domain.report import TAKEN, Figures, Flaws, Reason
from newsletter.store.ledger import ledger

_NOT_SENT = [state.value for state in (DeliveryState.SUPPRESSED, DeliveryState.FAILED, DeliveryState.CANCELLED)]
_CALLED = [state.value for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN)]
_SECONDS_A_DAY = 86400

Key = str | int


class Grouping(StrEnum):
    """What figures are gathered by: a column of the ledger."""

    CAMPAIGN = "campaign_id"
    STEP = "step"
    PROVIDER = "provider"


def figures(connection: Connection, by: Grouping, *, campaign_id: int | None = None) -> dict[Key, Figures]:
    """The figures of each group, of one campaign or of all; what belongs to no group is left out."""
    key = ledger.c[by.value]
    return _gather(connection, key, [key.is_not(None), *_of(campaign_id)])


def total(connection: Connection, *, campaign_id: int | None = None) -> Figures:
    """The figures of one campaign, or of the whole ledger."""
    gathered = _gather(connection, None, _of(campaign_id))
    return gathered.get("", Figures(candidates=0, states={}, reasons=(), median_wait=None))


def _of(campaign_id: int | None) -> list[ColumnElement[bool]]:
    return [] if campaign_id is None else [ledger.c.campaign_id == campaign_id]


def _gather(
    connection: Connection, column: ColumnElement[Any] | None, where: Sequence[ColumnElement[bool]]
) -> dict[Key, Figures]:
    key = (literal("") if column is None else column).label("key")
    states = _states(connection, key, where)
    reasons = _reasons(connection, key, where)
    waits = _median_waits(connection, key, where)
    return {
        each: Figures(
            candidates=candidates,
            states=states[each],
            reasons=tuple(reasons[each]),
            median_wait=waits.get(each),
            flaws=flaws,
        )
        for each, (candidates, flaws) in _candidates(connection, key, where).items()
    }


def _candidates(
    connection: Connection, key: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> dict[Key, tuple[int, Flaws]]:
    """Everybody there is, counted without looking at the state; and who contradicts herself."""
    state = ledger.c.state
    rows = connection.execute(
        select(
            key,
            func.count().label("candidates"),
            _number(state.in_(_NOT_SENT), ledger.c.reason == "").label("without_reason"),
            _number(state.in_(_values(TAKEN)), ledger.c.accepted_at.is_(None)).label("without_time"),
            _number(state.in_(_CALLED), ledger.c.provider_call_id.is_(None)).label("without_call"),
        )
        .where(*where)
        .group_by(key)
    )
    return {
        row.key: (
            row.candidates,
            Flaws(
                without_reason=row.without_reason,
                without_time=row.without_time,
                without_call=row.without_call,
            ),
        )
        for row in rows
    }


def _states(
    connection: Connection, key: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> dict[Key, dict[str, int]]:
    found: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    number = func.count().label("number")
    for row in connection.execute(select(key, ledger.c.state, number).where(*where).group_by(key, ledger.c.state)):
        found[row.key][row.state] = row.number
    return found


def _reasons(
    connection: Connection, key: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> dict[Key, list[Reason]]:
    """Why deliveries are where they are, the most frequent first."""
    found: defaultdict[Key, list[Reason]] = defaultdict(list)
    number = func.count().label("number")
    rows = connection.execute(
        select(key, ledger.c.state, ledger.c.reason, number)
        .where(ledger.c.reason != "", *where)
        .group_by(key, ledger.c.state, ledger.c.reason)
        .order_by(number.desc(), ledger.c.state, ledger.c.reason)
    )
    for row in rows:
        found[row.key].append(Reason(state=row.state, reason=row.reason, count=row.number))
    return found


def _median_waits(
    connection: Connection, key: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> dict[Key, float]:
    """Seconds from due to accepted: the middle one, or the mean of the two in the middle. SQLite has no median."""
    wait = _seconds(connection, ledger.c.due_at, ledger.c.accepted_at).label("wait")
    place = func.row_number().over(partition_by=key.element, order_by=wait.element).label("place")
    number = func.count().over(partition_by=key.element).label("number")
    ranked = select(key, wait, place, number).where(ledger.c.accepted_at.is_not(None), *where).subquery()
    middle = or_(*(ranked.c.place == (ranked.c.number + offset) / 2 for offset in (1, 2)))
    rows = connection.execute(
        select(ranked.c.key, func.avg(ranked.c.wait).label("median")).where(middle).group_by(ranked.c.key)
    )
    return {row.key: round(float(row.median), 3) for row in rows}


def _seconds(connection: Connection, start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[float]:
    if connection.dialect.name == "sqlite":
        return cast((func.julianday(end) - func.julianday(start)) * _SECONDS_A_DAY, Float)
    return cast(func.extract("epoch", end - start), Float)


def _number(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((and_(*conditions), 1), else_=0))


def _values(states: frozenset[DeliveryState]) -> list[str]:
    return [state.value for state in states]
