"""A copied campaign is equal, value by value, or nothing is copied at all."""

import random
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from signing import START
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
)

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.database_copy import service
from imd_campaign.database_copy.digests import TableDigest
from imd_campaign.database_copy.errors import CopyFailed
from imd_campaign.db import Instant, migrate, open_engine
from imd_campaign.startup import make_check, open_database, open_vault
from imd_campaign.tables import metadata

TABLES = metadata.sorted_tables
MOST_ROWS = 6


def ignore(*_: object) -> None:
    pass


@pytest.fixture
def source(context: Context) -> Context:
    """A campaign on SQLite that no server uses."""
    migrate(context.database.engine, make_check(context.settings))
    context.database.engine.dispose()
    return context


@pytest.fixture
def target(postgresql_url: str) -> str:
    return postgresql_url


def path_of(context: Context) -> Path:
    return Path(context.settings.database_url.removeprefix("sqlite:///"))


def conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def use(context: Context, database_url: str) -> Context:
    """The same campaign, with its settings for another database."""
    return replace(
        context, settings=context.settings.model_copy(update={"database_url": database_url})
    )


def count_rows(url: str) -> dict[str, int]:
    """The tables that have rows, but for that with which a database is migrated."""
    engine = open_engine(url)
    with engine.connect() as connection:
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in TABLES
        }
    engine.dispose()
    return {name: count for name, count in counts.items() if count and name not in FILLED}


# --- rows of every kind --------------------------------------------------------------------------

SIGNS = (
    *("a", " ", "é", "e\u0301", "ß", "م", "ह", "字", "\U0001f54a", "\ufeff", "\u202e", "\uffff"),
    *("\t", "\n", "\r", "\\", "\\N", "\\.", "'", '"', "%", "\x01", "\x7f"),
)
JSON_TEXTS = (
    *("null", "{}", "[]", "0", "1e22", "-0.0", r'"\u0000"', r'"\ud83d"', '{"b": 1, "a": "م"}'),
    *(' { "a" :[1,\n2]}', '{"a": 1, "a": 2}'),
)
FLOATS = (0.0, 0.1, -1e308, 5e-324, 1 / 3, 2.0**53)
EARLIEST, LATEST = datetime(1901, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def make_text(chance: random.Random, kind: Any) -> str:
    return "".join(chance.choices(SIGNS, k=chance.choice((0, 1, 8, 60))))[: kind.length or 60]


def make_moment(chance: random.Random) -> datetime:
    return EARLIEST + chance.randrange((LATEST - EARLIEST) // MICROSECOND) * MICROSECOND


def make_bytes(chance: random.Random) -> bytes:
    return chance.choice((b"", bytes(range(256)), chance.randbytes(32), b"\\x00"))


MAKERS: dict[type, Callable[[random.Random, Any], Any]] = {
    JSON: lambda chance, _: chance.choice(JSON_TEXTS),
    Boolean: lambda chance, _: chance.randint(0, 1),
    Integer: lambda chance, _: chance.choice((1, 2, 3, 32767, chance.randint(1, 32767))),
    Float: lambda chance, _: chance.choice(FLOATS),
    LargeBinary: lambda chance, _: make_bytes(chance),
    Instant: lambda chance, _: f"{make_moment(chance):%Y-%m-%d %H:%M:%S.%f}",
    Date: lambda chance, _: make_moment(chance).date().isoformat(),
    String: make_text,
}


def make_value(chance: random.Random, column: Any) -> Any:
    """A value as SQLite stores it."""
    if column.nullable and chance.random() < 0.3:
        return None
    make = next(make for kind, make in MAKERS.items() if isinstance(column.type, kind))
    return make(chance, column.type)


def make_row(
    chance: random.Random, table: Table, rows: dict[str, list[dict[str, Any]]]
) -> dict[str, Any] | None:
    row = {column.name: make_value(chance, column) for column in table.columns}
    if table.name == "ledger":
        row["change"] = chance.choice((-1, 1))
    for constraint in table.foreign_key_constraints:
        parents = rows[constraint.referred_table.name]
        if not parents:
            return None
        parent = chance.choice(parents)
        for element in constraint.elements:
            row[element.parent.name] = parent[element.column.name]
    return row


def list_keys(table: Table, row: dict[str, Any]) -> set[tuple[Any, ...]]:
    """The values that no two rows may share."""
    unique = [index for index in table.indexes if index.unique]
    unique += [
        one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)
    ]
    names = [tuple(column.name for column in key.columns) for key in unique]
    return {(key, *(row[name] for name in key)) for key in names}


FILLED = ("secret_checks", "event_index_versions")  # when a database is first used


def make_rows(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Some rows of each table, with all keys as the tables want them."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in TABLES:
        rows[table.name], seen = [], set()
        for _ in range(chance.randint(0, MOST_ROWS) * (table.name not in FILLED)):
            row = make_row(chance, table, rows)
            if row and not (keys := list_keys(table, row)) & seen:
                seen |= keys
                rows[table.name].append(row)
    return rows


def fill(file: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=ON")
        for name, some in rows.items():
            for row in some:
                names = ", ".join(f'"{column}"' for column in row)
                places = ", ".join("?" * len(row))
                statement = f"INSERT INTO {name} ({names}) VALUES ({places})"  # noqa: S608
                connection.execute(statement, [*row.values()])


def read_file(file: str) -> dict[str, list[str]]:
    """All values with the types in which SQLite stores them."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(read_typed(table)))) for table in TABLES
        }


def read_typed(table: Table) -> str:
    columns = ", ".join(f'"{column.name}", typeof("{column.name}")' for column in table.columns)
    return f"SELECT {columns} FROM {table.name}"  # noqa: S608 our own names


@pytest.mark.postgres
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_every_value_survives_the_way_to_postgresql_and_back(
    source: Context, empty_postgresql: Callable[[], str], tmp_path_factory, seed: int
):
    folder, rows = tmp_path_factory.mktemp("copy"), make_rows(random.Random(seed))  # noqa: S311 no secrets
    first, middle, last = folder / "first.sqlite3", empty_postgresql(), folder / "last.sqlite3"
    for file in (first, last):
        file.write_bytes(path_of(source).read_bytes())
    fill(str(first), rows)
    service.copy(use(source, f"sqlite:///{first}"), middle, ignore)
    service.copy(use(source, middle), f"sqlite:///{last}", ignore)
    assert read_file(str(last)) == read_file(str(first))
    assert count_rows(middle) == {name: len(some) for name, some in rows.items() if some}


# --- what keeps a copy from being made -----------------------------------------------------------

PETITION = {
    "id": 1, "slug": "convention", "goal": 10, "milestones": "[]", "total": 0,
    "opens_at": "2026-11-01 00:00:00.000000",
}  # fmt: skip
TEXT = {"petition_id": 1, "lang": "en", "position": 0, "summary": "", "text": "", "target": ""}
ENTRY = {
    "at": "2026-11-23 00:00:00.000000", "actor": "key_1", "action": "approve",
    "subject": "evt_1", "reason": "", "details": "{}",
}  # fmt: skip


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": "sample\0title"}, r"petition_texts.title: .*NUL \(U\+0000\).*replace"),
        ({"title": "é" * 301}, "petition_texts.title: .*longer than the column"),
        ({"position": 2**31}, "petition_texts.position: .*larger than the column"),
        ({"position": "first"}, "petition_texts: postgresql rejects a row .InvalidTextRep"),
        ({"title": b"sample"}, "petition_texts differ"),
    ],
    ids=["nul", "length", "number", "type", "bytes"],
)
def test_value_that_postgresql_cannot_store_is_explained(
    source: Context, target: str, change: dict[str, Any], message: str
):
    rows = {"petitions": [PETITION], "petition_texts": [TEXT | {"title": "sample"} | change]}
    fill(str(path_of(source)), rows)
    with pytest.raises(CopyFailed, match=message) as failure:
        service.copy(source, target, ignore)
    assert "sample" not in str(failure.value)
    assert count_rows(target) == {}


@pytest.mark.postgres
def test_row_without_its_parent_is_explained(source: Context, target: str):
    with closing(sqlite3.connect(path_of(source))) as connection, connection:
        connection.execute("INSERT INTO petition_texts VALUES (9, 'en', 0, '', '', '', '')")
    with pytest.raises(CopyFailed, match=r"petition_texts: postgresql rejects a row .ForeignKeyV"):
        service.copy(source, target, ignore)


def test_value_of_another_type_in_the_source_is_explained(source: Context, tmp_path: Path):
    fill(str(path_of(source)), {"audit": [ENTRY | {"at": "yesterday"}]})
    with pytest.raises(CopyFailed, match=r"^audit: a value is not of its column's type"):
        service.copy(source, f"sqlite:///{tmp_path}/new/copy.sqlite3", ignore)


CHANGE_ROWS = """
    CREATE FUNCTION change_row() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.reason = ''changed''; RETURN NEW; END';
    CREATE TRIGGER change_row BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION change_row()
"""


@pytest.mark.postgres
def test_copy_that_differs_is_undone(source: Context, target: str):
    fill(str(path_of(source)), {"audit": [ENTRY]})
    with psycopg.connect(conninfo(target), autocommit=True) as connection:
        connection.execute(CHANGE_ROWS)
        try:
            with pytest.raises(CopyFailed, match=r"contents of audit differ .*1 rows .*1 in"):
                service.copy(source, target, ignore)
        finally:
            connection.execute("DROP FUNCTION change_row CASCADE")
    assert count_rows(target) == {}


@pytest.mark.postgres
def test_target_with_data_is_rejected_and_unchanged(source: Context, target: str):
    fill(str(path_of(source)), {"petitions": [PETITION]})
    service.copy(source, target, ignore)
    fill(str(path_of(source)), {"audit": [ENTRY]})
    with pytest.raises(CopyFailed, match=r"target has data already .table petitions"):
        service.copy(source, target, ignore)
    assert count_rows(target) == {"petitions": 1}


def test_target_with_tables_of_another_application_is_rejected(source: Context, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other:
        other.execute("CREATE TABLE notes (id INTEGER)")
    with pytest.raises(CopyFailed, match="tables of another application"):
        service.copy(source, f"sqlite:///{tmp_path}/other.sqlite3", ignore)


def test_unfinished_rotation_is_not_copied(source, tmp_path):
    new = {
        "encryption_secret": SecretStr("a new secret for encryption, in tests"),
        "previous_encryption_secret": source.settings.secret,
    }
    settings = source.settings.model_copy(update=new)
    rotated = replace(source, settings=settings, vault=open_vault(settings))
    with pytest.raises(CopyFailed, match="imd campaign secrets reencrypt"):
        service.copy(rotated, f"sqlite:///{tmp_path}/other.sqlite3", ignore)


def test_target_with_other_secrets_is_rejected(source: Context, tmp_path: Path):
    url = f"sqlite:///{tmp_path}/other.sqlite3"
    engine = open_engine(url)
    other = source.settings.model_copy(update={"secret": SecretStr("another secret, of 32 signs")})
    migrate(engine, make_check(other))
    engine.dispose()
    with pytest.raises(CopyFailed, match="migrated with other secrets"):
        service.copy(source, url, ignore)


def test_source_of_another_version_is_rejected(source: Context, tmp_path: Path):
    url = f"sqlite:///{tmp_path}/old.sqlite3"
    engine = open_engine(url)
    migrate(engine, revision="0015")
    engine.dispose()
    with pytest.raises(CopyFailed, match=r"migrated by another version.*imd campaign migrate"):
        service.copy(use(source, url), f"sqlite:///{tmp_path}/copy.sqlite3", ignore)
    assert not (tmp_path / "copy.sqlite3").exists()


def test_database_is_not_copied_into_itself(source: Context):
    file = path_of(source)
    with pytest.raises(CopyFailed, match="database of the campaign itself"):
        service.copy(source, f"sqlite:///{file.parent}/./{file.name}", ignore)


def test_missing_source_is_not_created(source: Context, tmp_path: Path):
    missing = use(source, f"sqlite:///{tmp_path}/missing.sqlite3")
    with pytest.raises(CopyFailed, match="no file at the path"):
        service.copy(missing, f"sqlite:///{tmp_path}/copy.sqlite3", ignore)
    assert not list(tmp_path.glob("*ing.sqlite3"))


def test_unreachable_target_is_one_error_without_its_password(source: Context):
    url = "postgresql+psycopg://imd:sample-password@127.0.0.1:9/imd"
    with pytest.raises(CopyFailed, match="cannot use the database of the target") as failure:
        service.copy(source, url, ignore)
    assert "sample-password" not in str(failure.value)


# --- servers that are running --------------------------------------------------------------------


def test_source_that_a_server_has_open_is_rejected(source: Context, tmp_path: Path):
    server = open_database(source.settings)
    server.check()
    with pytest.raises(CopyFailed, match="has the SQLite file of the source open: stop it"):
        service.copy(source, f"sqlite:///{tmp_path}/copy.sqlite3", ignore)
    server.engine.dispose()


@pytest.mark.postgres
def test_postgresql_that_a_server_uses_is_rejected(source: Context, target: str, tmp_path: Path):
    server = open_database(use(source, target).settings)
    server.check()
    with pytest.raises(CopyFailed, match=r"connected to the source \(1\): stop all servers"):
        service.copy(use(source, target), f"sqlite:///{tmp_path}/copy.sqlite3", ignore)
    server.engine.dispose()


def test_nobody_can_write_to_the_source_meanwhile(source: Context, tmp_path: Path):
    file, failures = path_of(source), []
    fill(str(file), {"petitions": [PETITION]})

    def write(*_: object) -> None:
        with closing(sqlite3.connect(file, timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked") as failure:
                other.execute("UPDATE petitions SET total = 1")
            failures.append(failure)

    service.copy(source, f"sqlite:///{tmp_path}/copy.sqlite3", write)
    assert failures


# --- interruptions -------------------------------------------------------------------------------

COPY_AND_WAIT = """
import sys, time
from imd_campaign.context import Context
from imd_campaign.database_copy import service
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault

def report(action, table, *_):
    if (action, table) == ("Comparing", "audit"):
        print(table, file=sys.stderr, flush=True)
        time.sleep(600)

settings = Settings()
service.copy(Context(settings, open_database(settings), open_vault(settings)), sys.argv[1], report)
"""


@pytest.mark.postgres
def test_killed_copy_leaves_an_empty_target(
    source: Context, target: str, start_python: Callable[..., subprocess.Popen[bytes]]
):
    fill(str(path_of(source)), {"petitions": [PETITION], "audit": [ENTRY]})
    process = start_python(COPY_AND_WAIT, target)
    assert process.stderr is not None
    assert process.stderr.readline() == b"audit\n"
    process.kill()
    process.communicate()
    assert count_rows(target) == {}
    assert service.copy(source, target, ignore).rows == 2


@pytest.mark.postgres
def test_lost_connection_is_one_error_and_leaves_an_empty_target(source: Context, target: str):
    fill(str(path_of(source)), {"petitions": [PETITION], "audit": [ENTRY]})

    def disconnect(*_: object) -> None:
        with psycopg.connect(conninfo(target)) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(CopyFailed, match="a database failed before the copy was complete"):
        service.copy(source, target, disconnect)
    assert count_rows(target) == {}


# --- after the copy ------------------------------------------------------------------------------


@pytest.mark.postgres
def test_new_rows_are_numbered_after_those_that_were_copied(source: Context, target: str):
    fill(str(path_of(source)), {"audit": [ENTRY | {"id": 41}]})
    service.copy(source, target, ignore)
    engine = open_engine(target)
    with engine.begin() as connection:
        audit.record(connection, now=START, actor="key_1", action="a", subject="s", reason="r")
    engine.dispose()
    with psycopg.connect(conninfo(target)) as connection:
        assert connection.execute("SELECT id FROM audit ORDER BY id").fetchall() == [(41,), (42,)]


def test_totals_that_were_wrong_before_are_reported(source: Context, tmp_path: Path):
    fill(str(path_of(source)), {"petitions": [PETITION | {"total": 3}]})
    result = service.copy(source, f"sqlite:///{tmp_path}/copy.sqlite3", ignore)
    assert [str(difference) for difference in result.differences] == [
        "convention, total: 0 numbered in the ledger, 3 counted"
    ]


def test_new_file_can_be_read_by_its_owner_only(source: Context, tmp_path: Path):
    service.copy(source, f"sqlite:///{tmp_path}/copy.sqlite3", ignore)
    assert (tmp_path / "copy.sqlite3").stat().st_mode & 0o077 == 0


# --- digests -------------------------------------------------------------------------------------

VALUES = st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.booleans())
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=6)


def digest(rows: list[tuple[Any, ...]]) -> TableDigest:
    made = TableDigest()
    made.add(rows)
    return made


@settings(max_examples=30)
@given(rows=ROWS, chance=st.randoms())
def test_digest_does_not_depend_on_the_order_of_rows(rows, chance):
    assert digest(chance.sample(rows, len(rows))) == digest(rows)


@settings(max_examples=50)
@given(rows=ROWS, others=ROWS)
def test_digest_tells_rows_apart(rows, others):
    is_equal = Counter(map(repr, rows)) == Counter(map(repr, others))
    assert (digest(rows) == digest(others)) == is_equal
