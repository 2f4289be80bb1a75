import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    any_,
    cast,
    create_engine,
    delete,
    event,
    func,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator, TypeEngine

from imd_campaign.connection_share import ConnectionShare
from imd_campaign.errors import Unavailable
from imd_campaign.group_commit import GroupCommit
from imd_campaign.table_changes import WRITTEN, TableChanges, watch_statements
from imd_campaign.write_queue import WriteQueue

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

__all__ = ["Connection", "Database", "Engine", "Instant", "Row", "RowId", "Upsert", "metadata"]

Row: TypeAlias = RowMapping
Upsert: TypeAlias = postgresql.Insert | sqlite.Insert
Check: TypeAlias = Callable[[Connection], None]
RowId = BigInteger().with_variant(Integer, "sqlite")
T = TypeVar("T")

MIGRATION_LOCK = 19901218
STATEMENT_SECONDS = 15
DEFAULT_TIMEOUT = 5.0
# With FULL, a power cut loses nothing that was committed:
# https://www.sqlite.org/pragma.html#pragma_synchronous
SYNCHRONOUS = "FULL"
# Per connection. The index of 100,000 events is read whole and does not fit in the usual 2 MB.
CACHE_KIB = 8000
BINARY = 1  # https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES
# Of a standby, and of a server whose disk is full at some providers:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY = "25006"
WAL_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A time with an offset in Python and in UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 SQLAlchemy's signature
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Values(TypeDecorator[Any]):
    """Any number of values as one parameter: an array on PostgreSQL, and JSON on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if _is_sqlite(dialect) else ARRAY(self.item))

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | list[Any] | None:
        if value is None:
            return None
        return json.dumps(list(value)) if _is_sqlite(dialect) else list(value)


def _is_sqlite(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


def accept_any(_: Connection) -> None:
    pass


class Database:
    """An engine and a check that has to pass once before first use.

    Readers and writers have connections of their own, so that neither wait for the other.
    """

    def __init__(
        self, engine: Engine, check: Check = accept_any, *, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        self.engine = engine
        self.changes = TableChanges()
        self._check = check
        self._is_checked = check is accept_any
        self._timeout = timeout
        readers, writers = _share_connections(engine)
        self.readers, self.writers = ConnectionShare(readers), ConnectionShare(writers)
        self._queue = _make_write_queue(engine)
        self._group = GroupCommit(self.write)

    def check(self) -> None:
        if not self._is_checked:
            with self._transaction() as connection:
                self._check(connection)
            self._is_checked = True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.check()
        with self.read_unchecked() as connection:
            yield connection

    @contextmanager
    def read_unchecked(self) -> Iterator[Connection]:
        """Read without the check: the database may have no tables yet, or those of another."""
        with (
            _translate_connection_errors(),
            self.readers.take(self._timeout),
            self.engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.check()
        with self._transaction() as connection:
            yield connection

    async def write_grouped(self, action: Callable[[Connection], T]) -> T:
        """Run a short write together with those of other tasks; it is committed on return."""
        return await self._group.run(action)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with (
            _translate_connection_errors(),
            self.writers.take(self._timeout),
            self._wait_for_processes(),
            self.engine.connect() as connection,
        ):
            written: set[str] = set()
            connection.execution_options(imd_write=True, **{WRITTEN: written})
            with connection.begin():
                yield connection
            self.changes.record(written)

    def _wait_for_processes(self) -> AbstractContextManager[None]:
        return self._queue.wait(self._timeout / 2) if self._queue else nullcontext()

    def ping(self) -> None:
        with self.read() as connection:
            connection.execute(text("SELECT 1"))


def _share_connections(engine: Engine) -> tuple[int, int]:
    """Return how many may read and write at once; SQLite has one writer, for which others queue."""
    size = engine.pool.size() if isinstance(engine.pool, QueuePool) else 1
    writers = 1 if engine.dialect.name == "sqlite" else max(1, size // 2)
    return max(1, size - writers), writers


def _make_write_queue(engine: Engine) -> WriteQueue | None:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path.startswith("file:"):
        return None
    queue = WriteQueue(Path(path))
    event.listen(engine, "engine_disposed", lambda _: queue.close())
    return queue


@contextmanager
def _translate_connection_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable from error
    except InternalError as error:
        if getattr(error.orig, "sqlstate", None) != READ_ONLY:
            raise
        raise Unavailable from error


def open_engine(
    database_url: str, *, connections: int = 10, timeout: float = DEFAULT_TIMEOUT
) -> Engine:
    url = make_url(database_url)
    opener = _open_sqlite if url.get_backend_name() == "sqlite" else _open_postgresql
    engine = opener(url, connections, timeout)
    watch_statements(engine)
    return engine


def _open_sqlite(url: URL, connections: int, timeout: float) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("the database must be a file: sqlite:///path/to/file")
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=timeout,
        connect_args={"timeout": timeout, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    _enable_wal(connection)
    for pragma in (f"synchronous={SYNCHRONOUS}", "foreign_keys=ON", f"cache_size=-{CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _enable_wal(connection: Any) -> None:
    """Switch to write-ahead logging; retry, as SQLite rejects the second of two at once."""
    for pause in WAL_PAUSES:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            time.sleep(pause)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL").close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("imd_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _open_postgresql(url: URL, connections: int, timeout: float) -> Engine:
    """Keep nothing in the session: a pooler may give each transaction another one.

    So each transaction begins with its own limits, in one round trip.
    """
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=timeout,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": max(2, round(timeout)),
            "autocommit": True,
        },
    )
    limits = {"statement_timeout": STATEMENT_SECONDS, "lock_timeout": timeout}
    settings = [f"SET LOCAL {name} = {round(limit * 1000)}" for name, limit in limits.items()]
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "begin", partial(_begin_postgresql, "; ".join(["BEGIN", *settings])))
    event.listen(engine, "before_cursor_execute", _choose_format)
    return engine


def _choose_format(*execution: Any) -> None:
    """Receive large values as they are instead of in hexadecimal, where a query asks for it."""
    _, cursor, _, _, context, _ = execution
    if context and context.execution_options.get("imd_binary"):
        cursor.format = BINARY


def _prepare_postgresql(connection: Any, _: Any) -> None:
    """Prepare statements unless a pooler, which has made up its process ID, is in between."""
    pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
    if pid != connection.info.backend_pid:
        connection.prepare_threshold = None


def _begin_postgresql(statements: str, connection: Connection) -> None:
    connection.exec_driver_sql(statements)


def upsert(connection: Connection, table: Table) -> Upsert:
    return make_upsert(connection.dialect.name, table)


def make_upsert(dialect: str, table: Table) -> Upsert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def matches_any(
    connection: Connection, column: Column[Any], values: Iterable[Any]
) -> ColumnElement[bool]:
    """Like `in_`, but with one parameter for any number of values."""
    listed = literal(list(values), Values(column.type))
    if connection.dialect.name == "postgresql":
        return column == any_(listed)
    return column.in_(select(unnest(connection.dialect.name, column, listed).c.value))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Insert any number of rows: on PostgreSQL, many with each statement instead of one."""
    statement: Any = table.insert()
    if connection.dialect.name == "postgresql":
        # https://docs.sqlalchemy.org/en/21/core/connections.html#engine-insertmanyvalues
        statement = statement.returning(*table.primary_key)
    if rows:
        connection.execute(statement, list(rows))


def unnest(dialect: str, column: Column[Any], listed: ColumnElement[Any]) -> Any:
    """Return a table of `Values`, of the type of a column, with the column `value`."""
    item = sql_column("value", column.type)
    if dialect == "postgresql":
        return func.unnest(listed).table_valued(item).render_derived()
    return func.json_each(listed).table_valued(item)


def delete_some(
    connection: Connection, key: Column[Any], condition: ColumnElement[bool], limit: int
) -> int:
    """Delete at most `limit` rows, named by their primary key; return how many."""
    chosen = select(key).where(condition).limit(limit)
    return connection.execute(delete(key.table).where(key.in_(chosen))).rowcount


def remove_timeouts(connection: Connection) -> None:
    """Let a transaction that nobody waits for take its time, also to wait for another one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def lock_transaction(connection: Connection, *locks: int) -> None:
    """Hold locks until the transaction ends; on SQLite only one process writes anyway."""
    if connection.dialect.name == "postgresql":
        numbers = func.unnest(cast(list(locks), ARRAY(BigInteger))).column_valued("number")
        connection.execute(select(func.pg_advisory_xact_lock(numbers)))


def try_to_lock_transaction(connection: Connection, lock: int) -> bool:
    """Like `lock_transaction`, but return False if another transaction holds the lock."""
    if connection.dialect.name != "postgresql":
        return True
    taken = connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})
    return bool(taken.scalar_one())


def freeze_snapshot(connection: Connection) -> None:
    """Let every query of a reading transaction see the same moment; begin it with this."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def migrate(engine: Engine, check: Check = accept_any, revision: str = "head") -> None:
    """Migrate the database to a revision; if the check fails, nothing changes."""
    from alembic import command

    create_file(engine.url)
    config = make_migration_config()
    with Database(engine).write() as connection:
        remove_timeouts(connection)
        lock_transaction(connection, MIGRATION_LOCK)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        check(connection)


def is_migrated(connection: Connection) -> bool:
    """Return whether the tables are those of this version."""
    return get_revision(connection) == _find_newest_revision()


def is_known_revision(revision: str) -> bool:
    """Return whether this version can migrate a database from a revision."""
    return any(known.revision == revision for known in _open_scripts().walk_revisions())


def get_revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


@cache
def _find_newest_revision() -> str | None:
    return _open_scripts().get_current_head()


def _open_scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(make_migration_config())


def make_migration_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "imd_campaign:migrations")
    return config


def create_file(url: URL) -> None:
    """Create an SQLite file that only its owner can read, and its folder."""
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith("file:"):
        folder = Path(url.database).parent
        folder.mkdir(parents=True, exist_ok=True)
        _create_private(folder / Path(url.database).name)


def _create_private(file: Path) -> None:
    os.close(os.open(file, os.O_CREAT, 0o600))
