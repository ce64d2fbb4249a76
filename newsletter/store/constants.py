"""Constants of ours as literals of a statement.

As parameters they would cost more than the statement: SQLite plans anew, each time it runs, what may use an index of a
part of the rows, and SQLAlchemy writes out each list anew.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, literal_column


def constant(value: str | int) -> ColumnElement[Any]:
    """Only for words and numbers of this program, never for anything that came from outside."""
    if isinstance(value, int):
        return literal_column(str(value))
    if not value.replace("_", "").isalpha():
        raise ValueError(f"{value!r} is no constant of ours.")
    return literal_column(f"'{value}'")


def is_one_of(column: ColumnElement[Any], values: Iterable[str | int]) -> ColumnElement[bool]:
    return column.in_([constant(value) for value in values])
