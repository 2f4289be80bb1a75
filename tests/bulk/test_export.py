"""Lists of a campaign in a file: whole, one's own, and no formula in it."""

import csv
import json
import re
import resource
import stat

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_sdk import bulk, errors
from imd_sdk.bulk import ExportError, _export

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def key(running):
    return running.key("signatures:read")


@pytest.fixture
def export(client_variant, key, server):
    """Export 250 signatures, which are three pages."""
    server.add_signatures(250)

    async def call(to, **options):
        return await client_variant.call(
            "export_signatures", "convention", to, client={"api_key": key}, **options
        )

    return call


@pytest.mark.client_variants("sync and async")
async def test_every_signature_is_exported(export, tmp_path, server):
    done = await export(tmp_path / "all.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert done.items == len(lines) == 250
    ids = server.rows("SELECT id FROM signatures")
    assert {line["id"] for line in lines} == {row[0] for row in ids}


async def test_a_table_has_the_fields_of_a_signature(export, tmp_path):
    await export(tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 250
    assert rows[0].keys() == set(bulk._export.SIGNATURE_COLUMNS)
    assert (rows[0]["country"], rows[0]["public"]) == ("KE", "false")


async def test_the_export_is_private_and_leaves_no_other_file(export, tmp_path):
    await export(tmp_path / "all.jsonl")
    files = {file.name for file in tmp_path.iterdir()}
    assert files == {"all.jsonl"}
    assert stat.S_IMODE((tmp_path / "all.jsonl").stat().st_mode) == 0o600


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("name", ["all.jsonl", "all.csv"])
async def test_an_interrupted_export_continues(export, road, tmp_path, name):
    def cut(number, request):
        if number == 3:
            raise httpx.ReadError("cut")

    road.happens = cut
    with pytest.raises(errors.OutcomeUnknown):
        await export(tmp_path / name)
    assert not (tmp_path / name).exists()
    with (tmp_path / f".{name}.part").open("ab") as file:
        file.write(b"torn in the middle of a li")
    road.happens = lambda number, request: None
    done = await export(tmp_path / name)
    await export(tmp_path / f"whole.{name}")
    assert (done.items, len(road.bodies)) == (250, 3 + 1 + 3)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"whole.{name}").read_bytes()


async def test_an_old_file_stays_until_the_new_one_is_complete(export, road, tmp_path):
    goal = tmp_path / "all.jsonl"
    goal.write_text("old")
    seen = []
    await export(goal, progress=lambda done: seen.append((done.items, goal.read_text())))
    assert seen == [(100, "old"), (200, "old"), (250, "old")]
    assert goal.read_text() != "old"


async def test_another_unfinished_export_is_not_continued(export, client_variant, tmp_path):
    mark = {"what": "another", "size": 0, "items": 0, "cursor": "x"}
    (tmp_path / ".all.jsonl.cursor").write_text(json.dumps(mark))
    with pytest.raises(ExportError, match="something else"):
        await export(tmp_path / "all.jsonl")


async def test_a_missing_partial_file_starts_the_export_again(export, road, tmp_path):
    road.happens = lambda n, r: (_ for _ in ()).throw(httpx.ReadError("cut")) if n == 3 else None
    with pytest.raises(errors.OutcomeUnknown):
        await export(tmp_path / "all.jsonl")
    (tmp_path / ".all.jsonl.part").unlink()
    road.happens = lambda number, request: None
    assert (await export(tmp_path / "all.jsonl")).items == 250
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 250


@pytest.mark.client_variants("sync and async")
async def test_an_export_continues_after_a_full_disk(export, tmp_path):
    goal = tmp_path / "all.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limits[1]))
    try:
        with pytest.raises(ExportError, match="cannot be written: File too large"):
            await export(goal)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not goal.exists()
    assert (await export(goal)).items == len(goal.read_text().splitlines()) == 250


async def test_without_the_scope_nothing_is_written(client_variant, tmp_path):
    with pytest.raises(errors.Unauthorized):
        await client_variant.call("export_signatures", "convention", tmp_path / "all.csv")
    assert not (tmp_path / "all.csv").exists()


async def test_an_unknown_suffix_is_rejected(client_variant, tmp_path, road):
    with pytest.raises(ExportError, match=r"\.jsonl or \.csv"):
        await client_variant.call("export_events", tmp_path / "events.xlsx")
    assert road.bodies == []


async def test_two_exports_to_one_file_are_rejected(client_variant, tmp_path):
    goal = tmp_path / "events.csv"
    faults = []

    def again(done):
        with pytest.raises(ExportError, match="another process") as raised:
            next(_export._open_part(goal, "x", (), None).gen)
        faults.append(raised)

    await client_variant.call("export_events", goal, progress=again)
    assert faults


@pytest.mark.client_variants("sync and async")
async def test_events_are_exported_by_their_filters(client_variant, tmp_path):
    done = await client_variant.call(
        "export_events", tmp_path / "e.csv", country="MX", online=False
    )
    with (tmp_path / "e.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert done.items == len(rows) > 0
    assert {row["place.country"] for row in rows} == {"MX"}
    assert {float(row["place.longitude"]) < 0 for row in rows} == {True}


@pytest.fixture(scope="session")
def staff_key(running):
    return running.key("orders:manage", "events:moderate")


ORDER = (
    "INSERT INTO orders"
    " (id, state, poster, edition, quantity, amount, currency, sealed, created_at)"
    " SELECT ?, 'paid', poster, id, 1, amount, currency, 'sealed', '2026-11-23 12:00:00'"
    " FROM editions WHERE kind = 'open' LIMIT 1"
)
GUEST = (
    "INSERT INTO attendances (id, event, fingerprint, locked, guests, status, created_at)"
    " SELECT 'att_1', id, x'00', x'00', 2, 'accepted', '2026-11-23 12:00:00'"
    " FROM events WHERE NOT private LIMIT 1"
)


@pytest.mark.client_variants("sync and async")
async def test_orders_of_a_state_are_exported(client_variant, server, staff_key, tmp_path):
    server.rows("DELETE FROM orders")
    server.rows(ORDER, "ord_1")
    goal, options = tmp_path / "orders.csv", {"client": {"api_key": staff_key}}
    done = await client_variant.call("export_orders", goal, state="paid", **options)
    with goal.open(newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert done.items == 1
    assert (row["order.id"], row["order.payment.state"], row["sealed"]) == (
        *("ord_1", "paid"),
        "sealed",
    )
    assert int(row["order.total.amount"]) > 0


@pytest.mark.client_variants("sync and async")
async def test_guests_are_exported(client_variant, server, staff_key, tmp_path):
    server.rows("DELETE FROM attendances")
    server.rows(GUEST)
    goal, options = tmp_path / "guests.jsonl", {"client": {"api_key": staff_key}}
    done = await client_variant.call("export_attendances", goal, **options)
    [guest] = map(json.loads, goal.read_text().splitlines())
    assert (done.items, guest["guests"], guest["name"]) == (1, 2, None)


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_no_cell_of_a_table_is_a_formula(text):
    line = _export._csv_row([_export._csv_cell(text)]).decode()
    (cell,) = next(csv.reader([line] if "\n" not in text and "\r" not in text else parts(line)))
    assert cell.replace("'", "") == text.replace("'", "")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not re.search(r"[;,\t\r\n] *[=+\-@]", cell)
    assert line.startswith('"')


def parts(line):
    return line.splitlines(keepends=True)
