"""The SQL of a copy: the same for every table.

JSON is copied as text, since Python values do not show whether NULL or the JSON value null is
stored.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Column,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from imd_campaign.database_copy.errors import CopyFailed
from imd_campaign.db import Connection, freeze_snapshot
from imd_campaign.events.tables import event_index_versions
from imd_campaign.secret_check.tables import secret_checks
from imd_campaign.tables import metadata

Rows: TypeAlias = Sequence[tuple[Any, ...]]

CHUNK_ROWS = 2000
NUL = "\0"
HAS_NUL = (
    "a text has the character NUL (U+0000), which PostgreSQL cannot store. Replace it in the "
    "source, such as with replace(…, char(0), '')"
)
INTEGER_BITS: Mapping[type, int] = {SmallInteger: 15, Integer: 31}

TABLES = tuple(table.name for table in metadata.sorted_tables)
# A new database gets a row in each of these when it is migrated.
FILLED_TABLES = {secret_checks.name, event_index_versions.name}
COPIED_TABLES = tuple(name for name in TABLES if name not in FILLED_TABLES)
OTHER_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"
)


# --- the state of a database ---------------------------------------------------------------------


def has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


def find_filled_table(connection: Connection) -> str | None:
    """Return the name of a table with rows, if there is one."""
    for name in COPIED_TABLES:
        if connection.execute(select(1).select_from(metadata.tables[name]).limit(1)).first():
            return name
    return None


def count_rows(connection: Connection, name: str) -> int:
    query = select(func.count()).select_from(metadata.tables[name])
    return connection.execute(query).scalar_one()


def count_other_sessions(connection: Connection) -> int:
    """Return how many others use a PostgreSQL database; an SQLite file cannot have any."""
    if connection.dialect.name == "sqlite":
        return 0
    number: int = connection.execute(text(OTHER_SESSIONS)).scalar_one()
    return number


# --- locks ---------------------------------------------------------------------------------------


def freeze(connection: Connection) -> None:
    """Let all queries see the same moment, and let nobody write until the transaction ends."""
    freeze_snapshot(connection)
    _lock_tables(connection, "SHARE")


def lock_out_writers(connection: Connection) -> None:
    _lock_tables(connection, "EXCLUSIVE")


def _lock_tables(connection: Connection, mode: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(f"LOCK TABLE {', '.join(TABLES)} IN {mode} MODE"))


# --- rows ----------------------------------------------------------------------------------------


def read_chunks(connection: Connection, name: str) -> Iterator[Rows]:
    """Yield all rows in chunks, with the values of JSON columns as text."""
    columns = [_read_as_stored(column) for column in metadata.tables[name].columns]
    query = select(*columns).execution_options(yield_per=CHUNK_ROWS)
    try:
        for chunk in connection.execute(query).partitions():
            yield [tuple(row) for row in chunk]
    except (ValueError, TypeError) as error:
        raise CopyFailed(f"{name}: a value is not of its column's type; correct it") from error
    except DBAPIError as error:
        if "decode to UTF-8" not in str(error.orig):
            raise
        raise CopyFailed(f"{name}: a text is not valid UTF-8; correct it") from error


def _read_as_stored(column: Column[Any]) -> Any:
    return cast(column, Text).label(column.name) if _is_json(column) else column


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def write_chunk(connection: Connection, name: str, rows: Rows) -> None:
    write = _insert_rows if connection.dialect.name == "sqlite" else _copy_rows
    try:
        write(connection, name, rows)
    except (DataError, IntegrityError) as error:
        raise CopyFailed(_explain(connection, name, rows, error)) from None


def _insert_rows(connection: Connection, name: str, rows: Rows) -> None:
    table = _WRITABLE[name]
    names = [column.name for column in table.columns]
    connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _copy_rows(connection: Connection, name: str, rows: Rows) -> None:
    names = ", ".join(f'"{column.name}"' for column in metadata.tables[name].columns)
    with _wrap_errors(connection):
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def _wrap_errors(connection: Connection) -> Iterator[None]:
    """Raise errors of the driver as SQLAlchemy does, which does not know COPY."""
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(
            "COPY", None, error, base, hide_parameters=True, dialect=connection.dialect
        ) from error


def _make_writable(table: Table) -> Table:
    """Return a table that takes the text of JSON columns as it is."""
    columns = [
        Column(column.name, Text() if _is_json(column) else column.type) for column in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


_WRITABLE: Mapping[str, Table] = {name: _make_writable(metadata.tables[name]) for name in TABLES}


# --- values that a database rejects --------------------------------------------------------------


def _explain(connection: Connection, name: str, rows: Rows, error: DBAPIError) -> str:
    """Name the column and what is wrong, and never the value."""
    columns = metadata.tables[name].columns
    for position, column in enumerate(columns):
        values = [row[position] for row in rows]
        for is_wrong, reason in _REASONS:
            if any(value is not None and is_wrong(column, value) for value in values):
                return f"{name}.{column.name}: {reason}"
    reason = type(error.orig).__name__
    return f"{name}: {connection.dialect.name} rejects a row ({reason}); correct it in the source"


def _has_nul(_: Column[Any], value: Any) -> bool:
    return isinstance(value, str) and NUL in value


def _is_too_long(column: Column[Any], value: Any) -> bool:
    length = column.type.length if isinstance(column.type, String) else None
    return isinstance(value, str) and length is not None and len(value) > length


def _is_too_large(column: Column[Any], value: Any) -> bool:
    bits = INTEGER_BITS.get(type(column.type))
    return bits is not None and isinstance(value, int) and not -(2**bits) <= value < 2**bits


_REASONS: Sequence[tuple[Callable[[Column[Any], Any], bool], str]] = (
    (_has_nul, HAS_NUL),
    (_is_too_long, "a text is longer than the column allows. Shorten it in the source"),
    (_is_too_large, "a number is larger than the column allows. Correct it in the source"),
)


# --- after the rows ------------------------------------------------------------------------------


def prepare_for_use(connection: Connection) -> None:
    """Continue the numbers of new rows after those that are there, and let PostgreSQL plan."""
    if connection.dialect.name == "sqlite":
        return
    for name in TABLES:
        key = metadata.tables[name].autoincrement_column
        if key is not None:
            _set_sequence(connection, name, key.name)
    connection.execute(text(f"ANALYZE {', '.join(TABLES)}"))


def _set_sequence(connection: Connection, name: str, key: str) -> None:
    column = metadata.tables[name].c[key]
    last = connection.execute(select(func.max(column))).scalar()
    sequence = func.pg_get_serial_sequence(name, key)
    connection.execute(select(func.setval(sequence, last or 1, last is not None)))
