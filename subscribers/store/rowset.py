"""Many rows as one parameter: the statement stays the same, however many there are.

The rows travel as JSON, which both databases read. A parameter for each value costs more than the insertion itself.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Function, Select, Text, bindparam, cast, func, select
from sqlalchemy.types import TypeEngine

_NAME = "rows"
_PARAMETER = bindparam(_NAME, type_=Text)


def as_parameter(rows: Iterable[str | int | Sequence[str | int]]) -> dict[str, str]:
    """What a statement made with `columns` takes, or, where each row is a single value, one made with `values`."""
    return {_NAME: json.dumps(list(rows))}


def columns(conn: Connection, *types: TypeEngine[Any]) -> tuple[ColumnElement[Any], ...]:
    """The columns of the rows that a statement gets as its parameter; whoever selects them selects those rows."""
    if conn.dialect.name == "sqlite":
        row = _column(func.json_each(_PARAMETER))
        return tuple(cast(func.json_extract(row, f"$[{place}]"), type_) for place, type_ in enumerate(types))
    row = _column(func.json_array_elements(cast(_PARAMETER, JSON)))
    return tuple(cast(row.op("->>")(place), type_) for place, type_ in enumerate(types))


def values(conn: Connection, type_: TypeEngine[Any]) -> Select[Any]:
    """The single values that a statement gets as its parameter, as one column."""
    if conn.dialect.name == "sqlite":
        return select(cast(_column(func.json_each(_PARAMETER)), type_))
    return select(cast(_column(func.json_array_elements_text(cast(_PARAMETER, JSON))), type_))


def _column(table: Function[Any]) -> ColumnElement[Any]:
    return table.table_valued("value").c.value
