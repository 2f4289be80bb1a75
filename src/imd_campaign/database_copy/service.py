"""Copies all data of a campaign into an empty database, in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from imd_campaign import db
from imd_campaign.context import Context
from imd_campaign.database_copy import engines, store
from imd_campaign.database_copy.digests import TableDigest
from imd_campaign.database_copy.errors import CopyFailed
from imd_campaign.db import Check, Connection, Engine
from imd_campaign.errors import SecretsMismatch
from imd_campaign.petitions import count_audit
from imd_campaign.secret_check import service as secret_check

Report: TypeAlias = Callable[[str, str, int, int], None]
"""Gets what is done, with which table, how many rows are done, and how many there are."""

SAME = "the target is the database of the campaign itself; choose another one"
MISSING = "there is no file at the path in IMD_CAMPAIGN_DATABASE_URL; check the path"
OTHER_REVISION = (
    "the source was migrated by another version of this software; update the software, or "
    "run: imd campaign migrate"
)
NOT_EMPTY = (
    "the target has data already (table {table}); choose an empty database, so that nothing is "
    "overwritten"
)
FOREIGN_TABLES = (
    "the target has tables of another application or another version; choose an empty database"
)
OTHER_SECRETS = "the target was migrated with other secrets; choose an empty database"
ROTATION_PENDING = (
    "the change of the encryption secret is not finished; run first: imd campaign secrets reencrypt"
)
OTHER_SESSIONS = (
    "others are connected to the source ({number}): stop all servers, and the connection pooler if "
    "there is one, and run the command again"
)
UNEQUAL = (
    "the contents of {table} differ after the copy, so it was undone: {source} rows in the "
    "source, {target} in the target"
)
OTHER_AUDIT = "the totals differ after the copy, so it was undone: {difference}"


@dataclass(frozen=True, slots=True)
class CopyResult:
    rows: int
    tables: int
    differences: Sequence[count_audit.Difference]
    """What the audit of the totals finds in both databases."""


def copy(context: Context, target_url: str, report: Report) -> CopyResult:
    """Copy everything or nothing; while it runs, nobody can write to either database."""
    source_url, check = (
        context.settings.database_url,
        partial(secret_check.check, vault=context.vault),
    )
    if engines.is_same(source_url, target_url):
        raise CopyFailed(SAME)
    if engines.is_missing_file(source_url):
        raise CopyFailed(MISSING)
    with (
        engines.open_alone(source_url, "source") as source_engine,
        _read_source(source_engine, check) as source,
        _open_target(target_url) as target_engine,
    ):
        _migrate(target_engine, check)
        with _write_target(target_engine) as target:
            return _copy_tables(source, target, report)


def copy_moment(context: Context, target_url: str, report: Report) -> CopyResult:
    """Copy a PostgreSQL database as it is at one moment, while servers go on writing to it."""
    source_url, check = (
        context.settings.database_url,
        partial(secret_check.check, vault=context.vault),
    )
    with (
        engines.open_alone(source_url, "source") as source_engine,
        _read_moment(source_engine, check) as source,
        _open_target(target_url) as target_engine,
    ):
        _migrate(target_engine, check)
        with _write_target(target_engine) as target:
            return _copy_tables(source, target, report)


@contextmanager
def _read_moment(engine: Engine, check: Check) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        db.freeze_snapshot(connection)
        db.remove_timeouts(connection)
        if not db.is_migrated(connection):
            raise CopyFailed(OTHER_REVISION)
        check(connection)
        yield connection


@contextmanager
def _read_source(engine: Engine, check: Check) -> Iterator[Connection]:
    with _begin(engine) as connection:
        if not db.is_migrated(connection):
            raise CopyFailed(OTHER_REVISION)
        if number := store.count_other_sessions(connection):
            raise CopyFailed(OTHER_SESSIONS.format(number=number))
    with _begin(engine) as connection:
        store.freeze(connection)
        check(connection)
        if secret_check.is_rotating(connection):
            raise CopyFailed(ROTATION_PENDING)
        yield connection


@contextmanager
def _open_target(database_url: str) -> Iterator[Engine]:
    engines.create_file(database_url)
    with engines.open_alone(database_url, "target") as engine:
        yield engine


def _migrate(engine: Engine, check: Check) -> None:
    """Create the tables of an empty database; accept no others than these."""
    with _begin(engine) as connection:
        is_ours = db.is_migrated(connection)
        if not is_ours and store.has_tables(connection):
            raise CopyFailed(FOREIGN_TABLES)
    try:
        db.migrate(engine, check)
    except SecretsMismatch as error:
        raise CopyFailed(OTHER_SECRETS) from error


@contextmanager
def _write_target(engine: Engine) -> Iterator[Connection]:
    with _begin(engine) as connection:
        store.lock_out_writers(connection)
        if table := store.find_filled_table(connection):
            raise CopyFailed(NOT_EMPTY.format(table=table))
        yield connection


@contextmanager
def _begin(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execution_options(imd_write=True)
        with connection.begin():
            yield connection


# --- copying and comparing -----------------------------------------------------------------------


def _copy_tables(source: Connection, target: Connection, report: Report) -> CopyResult:
    digests = {name: _copy_table(source, target, name, report) for name in store.COPIED_TABLES}
    for name, digest in digests.items():
        _compare(name, digest, _read_digest(target, name, digest.rows, report))
    differences = _audit(source, target)
    store.prepare_for_use(target)
    return CopyResult(sum(digest.rows for digest in digests.values()), len(digests), differences)


def _copy_table(source: Connection, target: Connection, name: str, report: Report) -> TableDigest:
    digest, total = TableDigest(), store.count_rows(source, name)
    for rows in store.read_chunks(source, name):
        store.write_chunk(target, name, rows)
        digest.add(rows)
        report("Copying", name, digest.rows, total)
    return digest


def _read_digest(target: Connection, name: str, total: int, report: Report) -> TableDigest:
    digest = TableDigest()
    for rows in store.read_chunks(target, name):
        digest.add(rows)
        report("Comparing", name, digest.rows, total)
    return digest


def _compare(name: str, source: TableDigest, target: TableDigest) -> None:
    if source != target:
        raise CopyFailed(UNEQUAL.format(table=name, source=source.rows, target=target.rows))


def _audit(source: Connection, target: Connection) -> Sequence[count_audit.Difference]:
    """Compare totals, ledger and signatures; return what was wrong before the copy already."""
    before, after = count_audit.list_differences(source), count_audit.list_differences(target)
    for difference in after:
        if difference not in before:
            raise CopyFailed(OTHER_AUDIT.format(difference=difference))
    return after
