"""Rows by many ids in one parameter: a statement whose text does not depend on how many they are."""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Integer, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT


def is_among(dialect: str, column: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the column is one of the parameter `ids`, which `ids_for` writes."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam("ids")).table_valued("value")
        return column.in_(select(listed.c.value.cast(Integer)))
    return column == any_(bindparam("ids", type_=ARRAY(BIGINT)))


def ids_for(connection: Connection, ids: Sequence[int]) -> dict[str, object]:
    return {"ids": json.dumps(ids) if connection.dialect.name == "sqlite" else list(ids)}
