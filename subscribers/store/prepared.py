"""Statements that are put together once, and on SQLite go straight to its driver.

SQLAlchemy takes several times longer to hand over a small statement than SQLite to carry it out. What is asked before
every call, or for every session, is worth that.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

_Conversion = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A statement in SQLite's words, with what stands in the place of each parameter: a name, or always the same."""

    sql: str
    order: Sequence[str]
    constants: Mapping[str, Any]
    bindings: Mapping[str, _Conversion]  # of the other parameters
    conversions: Sequence[_Conversion]  # of the columns of its rows
    row: Callable[[Iterable[Any]], Any]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        known = dict(self.constants)
        for name, conversion in self.bindings.items():
            known[name] = conversion(given[name]) if conversion else given[name]
        return [known[name] for name in self.order]

    def values_of_all(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
        """As `values` for each of the rows; put together by columns, in which much is the same."""
        return zip(*(self._column(name, rows) for name in self.order), strict=True)

    def _column(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Iterable[Any]:
        if name in self.constants:
            return repeat(self.constants[name], len(rows))
        conversion, column = self.bindings[name], [row[name] for row in rows]
        return map(conversion, column) if conversion else column


class Prepared:
    """A statement whose parameters are all named in it, and none of which stands for a list.

    Errors of SQLite come as they are (sqlite3.Error). On PostgreSQL it takes SQLAlchemy's way, which keeps values out
    of errors.
    """

    def __init__(self, statement: Select[Any] | Insert | Update | Delete | ReturningInsert[Any], *columns: str) -> None:
        self._statement = statement
        self._columns = columns or None
        self._written: _Written | None = None

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """All rows; each is a tuple, and has its columns by name too."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).all()
        written = self._for(connection)
        rows = _driver(connection).execute(written.sql, written.values(values)).fetchall()
        return [written.row(_converted(row, written.conversions)) for row in rows]

    def tuples(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """All rows as the driver has them, for columns that need no conversion."""
        if connection.dialect.name != "sqlite":
            return [tuple(row) for row in connection.execute(self._statement, values)]
        written = self._for(connection)
        rows: list[tuple[Any, ...]] = _driver(connection).execute(written.sql, written.values(values)).fetchall()
        return rows

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows were changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).rowcount
        written = self._for(connection)
        changed: int = _driver(connection).execute(written.sql, written.values(values)).rowcount
        return changed

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carries it out for each of the rows of values."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, rows)
        else:
            written = self._for(connection)
            _driver(connection).executemany(written.sql, written.values_of_all(rows))

    def _for(self, connection: Connection) -> _Written:
        if self._written is None:
            self._written = self._write(connection.dialect)
        return self._written

    def _write(self, dialect: Dialect) -> _Written:
        compiled = self._statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 -- tells mypy what every statement compiles to
        binds = compiled.binds
        binding = {name: _binding(each.type, dialect) for name, each in binds.items()}
        constants = {name: each.value for name, each in binds.items() if not each.required}
        constants |= {
            each.key: each.default.arg
            for each in compiled.insert_prefetch
            if isinstance(each.default, ScalarElementColumnDefault)
        }
        returned = self._statement.exported_columns
        return _Written(
            sql=str(compiled),
            order=compiled.positiontup or (),
            constants={name: bound(value) if (bound := binding[name]) else value for name, value in constants.items()},
            bindings={name: bound for name, bound in binding.items() if name not in constants},
            conversions=[each.type.dialect_impl(dialect).result_processor(dialect, None) for each in returned],
            row=_rows_of([str(column.key) for column in returned]),
        )


def _rows_of(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    """What makes a row with those names of its values; a name that Python cannot write is a number instead."""
    make: Any = namedtuple
    return make("Row", names, rename=True)._make  # type: ignore[no-any-return]


def _binding(of: TypeEngine[Any], dialect: Dialect) -> _Conversion:
    """What a value becomes for the driver: remembered for a while, for the same moment often comes again."""
    conversion = of.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=128)(conversion) if conversion and of.hashable else conversion


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _converted(row: Iterable[Any], conversions: Iterable[_Conversion]) -> Iterable[Any]:
    return (each if conversion is None else conversion(each) for each, conversion in zip(row, conversions, strict=True))
