"""Where a mail comes from: its call, its edition, the versions of its plan, and what else the ledger knows of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from newsletter.store import plan_versions, tables
from newsletter.store.ledger import ledger
from newsletter.store.plan_versions import PlanVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """The latest call that carried a mail. Times are UTC."""

    id: int
    provider: str
    state: str
    prepared_at: datetime
    accepted_at: datetime | None
    finished_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """`planned_at` is the moment it was planned for, `called_at` when its call was prepared, if there was one. UTC.

    `planned_by` and `composed_by` are the versions of its plan, of a mail that has one.
    """

    planned_at: datetime
    expires_at: datetime | None
    called_at: datetime | None
    planned_by: PlanVersion | None
    composed_by: PlanVersion | None
    call: CallRecord | None


def of_delivery(connection: Connection, delivery_id: int) -> Provenance:
    """The provenance of a delivery that exists."""
    row = connection.execute(select(ledger).where(ledger.c.id == delivery_id)).one()
    return Provenance(
        planned_at=row.planned_at,
        expires_at=row.expires_at,
        called_at=row.called_at,
        planned_by=_version(connection, row.planned_version_id),
        composed_by=_version(connection, row.composed_version_id),
        call=_call(connection, row.provider_call_id),
    )


def _version(connection: Connection, version_id: int | None) -> PlanVersion | None:
    return plan_versions.get(connection, version_id) if version_id is not None else None


def _call(connection: Connection, call_id: int | None) -> CallRecord | None:
    columns = (tables.provider_call.c[name] for name in CallRecord.__dataclass_fields__)
    row = connection.execute(select(*columns).where(tables.provider_call.c.id == call_id)).first()
    return CallRecord(**row._mapping) if row else None
