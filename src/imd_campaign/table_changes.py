"""The tables that this process has changed and that were read, for caches of what was read."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Engine, Insert, Select, Table, Update, event
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.visitors import iterate

_read_tables: ContextVar[set[str] | None] = ContextVar("read_tables", default=None)
WRITTEN = "imd_written"


class TableChanges:
    """The number of the last change to each table, as far as this process has committed it."""

    def __init__(self) -> None:
        self.number = 0
        self._last: dict[str, int] = {}
        self._lock = Lock()

    def record(self, tables: Collection[str]) -> None:
        with self._lock:
            self.number += 1
            self._last |= dict.fromkeys(tables, self.number)

    def has_changed(self, tables: Iterable[str], since: int) -> bool:
        return any(self._last.get(table, 0) > since for table in tables)


@contextmanager
def record_reads() -> Iterator[set[str]]:
    """Yield a set that gets the names of the tables that are read, also in threads."""
    tables: set[str] = set()
    token = _read_tables.set(tables)
    try:
        yield tables
    finally:
        _read_tables.reset(token)


def watch_statements(engine: Engine) -> None:
    event.listen(engine, "before_execute", _note_written)
    event.listen(engine, "before_cursor_execute", _ReadTables().note)


def _note_written(connection: Connection, statement: Any, *_: object) -> None:
    if isinstance(statement, Insert | Update | Delete):
        table: Any = statement.table
        connection.get_execution_options().get(WRITTEN, set()).add(table.name)


class _ReadTables:
    """Finds the tables of each statement once: SQLAlchemy keeps statements that it has compiled."""

    def __init__(self) -> None:
        self._tables: WeakKeyDictionary[object, frozenset[str]] = WeakKeyDictionary()

    def note(self, *execution: Any) -> None:
        _, _, _, _, context, _ = execution
        read, compiled = _read_tables.get(), context and context.compiled
        if read is None or not compiled or not isinstance(compiled.statement, Select):
            return
        if (tables := self._tables.get(compiled)) is None:
            tables = self._tables[compiled] = frozenset(_find_tables(compiled.statement))
        read |= tables


def _find_tables(statement: Select[Any]) -> Iterator[str]:
    for element in iterate(statement):
        table: Any = element.table if isinstance(element, ColumnClause) else element
        table = getattr(table, "element", table)  # an alias
        if isinstance(table, Table):
            yield table.name
