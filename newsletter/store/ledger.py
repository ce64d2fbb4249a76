"""The ledger as it stands: what all mails of a call have in common is written once, in the call's row.

Where a service took a whole call, each of its deliveries that is still `sending` was accepted then. Whatever else
becomes of a mail is written in its own row, which counts. Who asks for states or times reads `ledger`, not the table.
"""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from newsletter.domain.delivery import DeliveryState
from newsletter.store import tables

_delivery, _call = tables.delivery, tables.provider_call


class _Entry(FunctionElement[str]):
    """The text under a key of a JSON object: the two databases write it differently."""

    inherit_cache = True
    type = Text()


@compiles(_Entry, "sqlite")
def _entry_on_sqlite(entry: _Entry, compiler: SQLCompiler, **options: Any) -> str:
    document, key = (compiler.process(each, **options) for each in entry.clauses)
    return f"""json_extract({document}, '$."' || {key} || '"')"""


@compiles(_Entry, "postgresql")
def _entry_on_postgresql(entry: _Entry, compiler: SQLCompiler, **options: Any) -> str:
    document, key = (compiler.process(each, **options) for each in entry.clauses)
    return f"({document}::json ->> {key})"


def _as_it_stands() -> dict[str, ColumnElement[Any]]:
    taken = and_(_delivery.c.state == DeliveryState.SENDING.value, _call.c.accepted_at.is_not(None))
    own_id = _Entry(_call.c.message_ids, cast(_delivery.c.id, Text))
    return {
        "state": case((taken, DeliveryState.ACCEPTED.value), else_=_delivery.c.state),
        "accepted_at": func.coalesce(_delivery.c.accepted_at, _call.c.accepted_at),
        "final_at": func.coalesce(_delivery.c.final_at, case((taken, _call.c.accepted_at))),
        "provider_message_id": func.coalesce(_delivery.c.provider_message_id, _call.c.message_id, own_id),
    }


ledger = (
    select(*(_as_it_stands().get(column.name, column).label(column.name) for column in _delivery.c))
    .select_from(_delivery.outerjoin(_call, _delivery.c.provider_call_id == _call.c.id))
    .subquery("ledger")
)
