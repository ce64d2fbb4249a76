"""Which versions of the care plans mails were planned and composed by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from newsletter.domain.aftercare import Plan
from newsletter.domain.delivery import LEFT
from newsletter.store.history_tables import plan_version as _version
from newsletter.store.ledger import ledger
from subscribers.store.insertion import insert_new
from subscribers.store.prepared import Prepared

_KEYS = ("name", "language", "version")
_ID = Prepared(select(_version.c.id).where(*(_version.c[key] == bindparam(key) for key in _KEYS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A plan as it once was, and how many mails were planned by it, and composed by it and sent.

    `content` is its file, where that was the studio's own; `first_used_at` is UTC, None where it was not used yet.
    """

    name: str
    language: str
    version: str
    content: str
    first_used_at: datetime | None
    planned: int = 0
    sent: int = 0


def used(connection: Connection, plan: Plan, now: datetime) -> int:
    """The id of a plan's version, which is kept from the first time it is used."""
    key = {name: getattr(plan, name) for name in _KEYS}
    if not (known := _ID.rows(connection, key)):
        insert_new(connection, _version, [key | {"content": plan.content, "first_used_at": now}])
        known = _ID.rows(connection, key)
    return int(known[0].id)


def get(connection: Connection, version_id: int) -> PlanVersion:
    """The version with that id, which must exist, uncounted: it is kept as long as the mails that name it."""
    return _plan_version(connection.execute(select(_version).where(_version.c.id == version_id)).one())


def history(connection: Connection, name: str) -> list[PlanVersion]:
    """Every version of a plan that was used, in every language, the latest first."""
    wanted = select(_version).where(_version.c.name == name)
    rows = list(connection.execute(wanted.order_by(_version.c.first_used_at.desc(), _version.c.id.desc())))
    planned = _counts(connection, ledger.c.planned_version_id)
    sent = _counts(connection, ledger.c.composed_version_id, ledger.c.state.in_(sorted(LEFT)))
    return [_plan_version(row, planned=planned.get(row.id, 0), sent=sent.get(row.id, 0)) for row in rows]


def _counts(connection: Connection, version: ColumnElement[Any], *conditions: ColumnElement[bool]) -> dict[int, int]:
    """How many mails name each version."""
    named = select(version, func.count()).where(version.is_not(None), *conditions).group_by(version)
    return {row[0]: row[1] for row in connection.execute(named)}


def _plan_version(row: Any, **counts: int) -> PlanVersion:
    return PlanVersion(
        name=row.name,
        language=row.language,
        version=row.version,
        content=row.content,
        first_used_at=row.first_used_at,
        **counts,
    )
