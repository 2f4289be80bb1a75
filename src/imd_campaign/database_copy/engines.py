"""Opens both databases of a copy, so that nothing else can change them meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from imd_campaign import db
from imd_campaign.database_copy.errors import CopyFailed

SQLITE_SECONDS = 0.2
CONNECT_SECONDS = 5.0

IN_USE = (
    "a server or another program has the SQLite file of the {role} open: stop it, and run the "
    "command again"
)
UNREACHABLE = "cannot use the database of the {role}; check its URL, and that it exists and runs"
FAILED = "a database failed before the copy was complete ({reason}); run the command again"


def is_same(one: str, other: str) -> bool:
    """Return whether two URLs are obviously one database; a target in use is rejected anyway."""
    first, second = make_url(one), make_url(other)
    if _is_sqlite(first) and _is_sqlite(second):
        return Path(first.database or "").resolve() == Path(second.database or "").resolve()
    return _locate(first) == _locate(second)


def _locate(url: URL) -> tuple[object, ...]:
    return url.get_backend_name(), url.host or url.query.get("host"), url.port, url.database


def is_missing_file(database_url: str) -> bool:
    url = make_url(database_url)
    return _is_sqlite(url) and not Path(url.database or "").exists()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def create_file(database_url: str) -> None:
    try:
        db.create_file(make_url(database_url))
    except OSError as error:
        raise CopyFailed(f"cannot create the target: {error.strerror}") from error


@contextmanager
def open_alone(database_url: str, role: str) -> Iterator[Engine]:
    """Open an engine with one connection; nobody else can open an SQLite file meanwhile."""
    is_sqlite = _is_sqlite(make_url(database_url))
    timeout = SQLITE_SECONDS if is_sqlite else CONNECT_SECONDS
    engine = db.open_engine(database_url, connections=1, timeout=timeout)
    if is_sqlite:
        event.listen(engine, "connect", _lock_file, insert=True)
    try:
        _connect(engine, role)
        yield engine
    except (OperationalError, InterfaceError) as error:
        raise CopyFailed(FAILED.format(reason=_name_reason(error))) from error
    finally:
        engine.dispose()


def _name_reason(error: DBAPIError) -> str:
    """Return the name of an error, such as SQLITE_FULL or AdminShutdown; its text can hold data."""
    return getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)


def _lock_file(connection: Any, _: Any) -> None:
    """Before the first access: https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory."""
    connection.execute("PRAGMA locking_mode=EXCLUSIVE").close()


def _connect(engine: Engine, role: str) -> None:
    try:
        with engine.connect() as connection:
            _take_lock(connection)
    except DBAPIError as error:
        message = IN_USE if "database is locked" in str(error.orig) else UNREACHABLE
        raise CopyFailed(message.format(role=role)) from error


def _take_lock(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
