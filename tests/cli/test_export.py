"""`imd campaign export`: names opened on the staff's own machine, in files that are safe."""

import csv
import io
import json
import os
import re
import stat
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

import imd_sdk
from imd_campaign import db
from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app
from imd_campaign.crypto import Vault
from imd_campaign.events import store as events
from imd_campaign.events.schemas import EventForm
from imd_campaign.events.submission import make_row
from imd_campaign.petitions import store as petitions
from imd_campaign.petitions.store import add_signatures
from imd_campaign.petitions.tables import signatures
from imd_campaign.posters import store as posters
from imd_campaign.sealing import fingerprint_key, new_key_pair, parse_public_key
from imd_campaign.settings import Settings
from imd_cli.campaign.export import rows
from imd_cli.campaign.export.writers import make_cell
from imd_cli.main import main
from imd_widgets.languages import read_languages

URL = "http://campaign.example"
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
PUBLIC, PRIVATE = new_key_pair()
OTHER_PUBLIC, OTHER_PRIVATE = new_key_pair()
PEOPLE = [
    ("Amina Ñandú", "amina@example.org", "KE", "en"),
    ("=HYPERLINK(1)", "+formula@example.org", "MX", "es"),
    ("أمل العربي", "amal@example.org", "EG", "ar"),
    ("<b>Bold</b>", "Amina+news@example.org", "KE", "en"),
]


class Server:
    def __init__(self, folder):
        self.settings = Settings(
            secret="s" * 40,
            public_key=PUBLIC,
            database_url=f"sqlite:///{folder / 'campaign.sqlite3'}",
            files_dir=folder / "files",
            mail_delivery=False,
        )
        self.engine = db.open_engine(self.settings.database_url)
        self.vault = Vault("s" * 40, PUBLIC)
        self.requests = []
        self.fails_at = None
        db.migrate(self.engine)
        with db.Database(self.engine).write() as connection:
            self.fill(connection)
        scopes = ("signatures:read", "orders:manage", "events:moderate")
        self.key, _ = keys.create(db.Database(self.engine), name="T", scopes=scopes, now=START)

    def fill(self, connection):
        text = {"lang": "en", "title": "Stand <up>", "summary": "S", "text": "T", "target": "All"}
        values = {"slug": "convention", "goal": 10, "milestones": [], "opens_at": START}
        petition_id = petitions.put(connection, values | {"closes_at": None}, [text], START)
        add_signatures(connection, [self.sign(petition_id, n) for n in range(len(PEOPLE))])
        self.add_order(connection)
        self.add_guest(connection)

    def sign(self, petition_id, number):
        name, email, country, lang = PEOPLE[number]
        return {
            "id": f"sig_{number}",
            "petition_id": petition_id,
            "fingerprint": f"{number:032}".encode(),
            "country": country,
            "lang": lang,
            "updates": number != 2,
            "sealed": self.vault.seal({"name": name, "email": email}),
            "confirmed_at": START + timedelta(days=number),
        }

    def add_order(self, connection):
        text = {"lang": "en", "title": "P", "description": "D", "alternative_text": "A"}
        poster = {"slug": "paths", "artist": "A", "year": 2026, "state": "on_sale"}
        posters.put(connection, poster, [text])
        edition = {"poster": "paths", "id": "open", "position": 0, "kind": "open", "titles": {}}
        price = {"amount": 2500, "currency": "USD"}
        posters.add_edition(connection, {**edition, **price, "size": "", "run": None})
        address = {"lines": ["12 Hidden Street", "Flat 3"], "postal_code": "28001"}
        address |= {"locality": "Madrid", "country": "ES"}
        buyer = {"name": "Sample Buyer", "email": "buyer@example.org", "lang": "es"}
        order = {"id": "ord_1", "state": "paid", "poster": "paths", "edition": "open", **price}
        order |= {"quantity": 2, "created_at": START, "kept_until": None, "lang": "es"}
        sealed = self.vault.seal(buyer | {"address": address})
        order |= {"sealed": sealed, "mailbox": None, "locked_buyer": None}
        posters.add_order(connection, order)

    def add_guest(self, connection):
        form = EventForm.model_validate(
            {
                "title": "A potluck",
                "description": "Bring a dish.",
                "lang": "en",
                "kind": "potluck",
                "starts_at": "2026-12-18T19:00:00-08:00",
                "time_zone": "America/Los_Angeles",
                "host": {"name": "Sample Group", "email": "host@example.org"},
                "place": {
                    "name": "Home",
                    "address": "1 Street",
                    "locality": "Oakland",
                    "country": "US",
                    "latitude": 37.8,
                    "longitude": -122.3,
                    "private": True,
                },
            }
        )
        row = make_row(self.vault, form, now=START, state="public") | {"id": "evt_1"}
        events.add(connection, row)
        guest = {"name": "Sample Guest", "email": "guest@example.org", "message": None}
        values = {"id": "att_1", "event": "evt_1", "guests": 1, "status": "accepted"}
        values |= {"fingerprint": b"f" * 32, "locked": self.vault.encrypt(guest)}
        events.add_attendance(connection, values | {"created_at": START})

    @contextmanager
    def serve(self):
        app = create_app(self.settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        with start_blocking_portal() as portal:
            self.portal = portal
            self.http = httpx.AsyncClient(transport=transport, base_url=URL)
            with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
                yield self

    def respond(self, request):
        self.requests.append(request.url.path)
        if self.fails_at is not None and len(self.requests) >= self.fails_at:
            raise httpx.ReadError("cut")
        found = self.portal.call(self._ask, str(request.url), dict(request.headers))
        return httpx.Response(found.status_code, content=found.content)

    async def _ask(self, url, headers):
        kept = {name: headers[name] for name in ("authorization",) if name in headers}
        return await self.http.get(url, headers=kept)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("export")).serve() as server:
        yield server


@pytest.fixture
def server(running):
    running.requests, running.fails_at = [], None
    return running


@pytest.fixture
def run(server, tmp_path, monkeypatch, capsys):
    """Run an export in a folder with the private key: its status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    write_key("organisation.key", PRIVATE)
    real = imd_sdk.Client
    http = httpx.Client(transport=httpx.MockTransport(server.respond))

    def open_client(url):
        return real(url, api_key=server.key, http_client=http, max_retries=0)

    monkeypatch.setattr(imd_sdk, "Client", open_client)

    def run(*arguments, key="organisation.key"):
        key_options = [] if key is None else ["--private-key", key]
        try:
            status = main(["campaign", "export", *arguments, *key_options, "--url", URL])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    yield run
    http.close()


def write_key(name, private, mode=0o600):
    Path(name).write_text(f"{private}\n")
    Path(name).chmod(mode)


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def list_files(folder):
    return sorted(path.name for path in folder.iterdir())


# --- formats -------------------------------------------------------------------------------------


def test_names_and_addresses_are_opened(run, tmp_path):
    status, out, err = run("signatures", "all.jsonl")
    assert (status, out, err) == (0, "4 rows written to all.jsonl\n", "")
    found = read_lines(tmp_path / "all.jsonl")
    assert [(row["name"], row["email"], row["country"], row["lang"]) for row in found] == PEOPLE


def test_an_export_is_private_and_leaves_no_other_file(run, tmp_path):
    run("signatures", "all.csv")
    assert list_files(tmp_path) == ["all.csv", "organisation.key"]
    assert stat.S_IMODE((tmp_path / "all.csv").stat().st_mode) == 0o600


def test_no_cell_of_a_table_is_a_formula(run, tmp_path):
    run("signatures", "all.csv")
    row = read_csv(tmp_path / "all.csv")[1]
    assert (row["name"], row["email"]) == ("'=HYPERLINK(1)", "'+formula@example.org")


@given(
    text=st.text(
        st.sampled_from("a=+-@;, \t\r\n'\uff1d") | st.characters(exclude_categories=["Cs"])
    )
)
def test_no_text_becomes_a_formula(text):
    cell = make_cell(text)
    assert cell.replace("'", "") == text.replace("'", "")
    assert not cell.startswith(("\t", "\r"))
    parts = re.split(r"[;,\t\r\n]", cell)  # where a spreadsheet may split it, quoted or not
    assert [part for part in parts if part.lstrip(" ").startswith(FORMULA_STARTS)] == []


FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
HOSTILE = [{"name": ["=1"], "email": 7}, {"name": {"a": "<script>"}, "email": None}, {}]


@pytest.mark.parametrize("person", HOSTILE, ids=str)
def test_what_a_stranger_has_sealed_harms_no_file(run, tmp_path, server, person):
    """Whoever can write to the database can seal anything: the public key is public."""
    with add_sealed(server, server.vault.seal(person)):
        for name in ("all.csv", "all.jsonl", "news.csv", "all.html"):
            assert run(name.partition(".")[0].replace("all", "signatures"), name)[0] == 0
    assert "<script>" not in (tmp_path / "all.html").read_text()
    assert not read_csv(tmp_path / "all.csv")[-1]["name"].startswith("=")


@contextmanager
def add_sealed(server, sealed):
    """Add a signature for a time."""
    with db.Database(server.engine).write() as connection:
        row = server.sign(petitions.find(connection, "convention")["id"], 0)
        day = START + timedelta(days=9)
        row |= {"id": "sig_9", "fingerprint": b"9" * 32, "sealed": sealed, "confirmed_at": day}
        add_signatures(connection, [row])
    try:
        yield
    finally:
        with db.Database(server.engine).write() as connection:
            connection.execute(delete(signatures).where(signatures.c.id == "sig_9"))


def test_damaged_names_are_counted_and_empty(run, tmp_path, server):
    version, _, key = server.vault.seal({"name": "A"}).split(".")
    with add_sealed(server, f"{version}.QUJD.{key}"):
        status, _, err = run("signatures", "all.csv")
    assert (status, read_csv(tmp_path / "all.csv")[-1]["name"]) == (1, "")
    assert "1 could not be opened because they are damaged" in err


def test_a_table_for_excel_begins_with_a_byte_order_mark(run, tmp_path):
    run("signatures", "all.csv", "--bom")
    assert (tmp_path / "all.csv").read_bytes().startswith(b'\xef\xbb\xbf"petition"')


def test_columns_are_those_that_were_asked_for_in_this_order(run, tmp_path):
    run("signatures", "all.csv", "--columns", "country, name")
    assert list(read_csv(tmp_path / "all.csv")[0]) == ["country", "name"]


def test_an_unknown_column_is_rejected_with_a_suggestion(run, tmp_path):
    status, _, err = run("signatures", "all.csv", "--columns", "name,contry")
    assert status == 2
    assert "contry is no column; did you mean country?" in err
    assert list_files(tmp_path) == ["organisation.key"]


def test_a_printed_list_has_title_total_and_names(run, tmp_path):
    run("signatures", "all.html")
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert '<h1 lang="en" dir="auto">Stand &lt;up&gt;</h1>' in page
    assert '<dt>Total</dt><dd dir="auto">4</dd>' in page
    assert '<td dir="auto">أمل العربي</td><td dir="auto" class="short">Egypt</td>' in page
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page


def test_a_printed_list_has_no_addresses_unless_they_are_asked_for(run, tmp_path):
    run("signatures", "all.html")
    assert "@example.org" not in (tmp_path / "all.html").read_text(encoding="utf-8")


def test_a_printed_list_loads_nothing(run, tmp_path):
    run("signatures", "all.html")
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe)|url\(|https?:", page)
    assert "default-src 'none'" in page


def test_an_unknown_format_is_rejected(run, server):
    status, _, err = run("signatures", "all.xlsx")
    assert (status, server.requests) == (2, [])
    assert ".csv, .jsonl or .html" in err


# --- filters -------------------------------------------------------------------------------------

FILTERS = {
    "country": (["--country", "ke"], [0, 3]),
    "two countries": (["--country", "KE", "--country", "EG"], [0, 2, 3]),
    "since": (["--since", "2026-11-25"], [2, 3]),
    "until": (["--until", "2026-11-24"], [0, 1]),
    "line": (["--line", "attested"], []),
    "source": (["--source", "sample-partner"], []),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_leave_others_out(run, tmp_path, name):
    options, kept = FILTERS[name]
    run("signatures", "some.jsonl", *options)
    assert [row["id"] for row in read_lines(tmp_path / "some.jsonl")] == [f"sig_{n}" for n in kept]


def test_an_unknown_petition_names_those_there_are(run):
    status, _, err = run("signatures", "all.csv", "--petition", "nowhere")
    assert status == 1
    assert "there is no petition nowhere (there are: convention)" in err


# --- keys ----------------------------------------------------------------------------------------


def test_a_wrong_key_is_reported_at_once_with_the_right_fingerprint(run, tmp_path, server):
    write_key("other.key", OTHER_PRIVATE)
    status, out, err = run("signatures", "all.csv", key="other.key")
    needed = fingerprint_key(parse_public_key(PUBLIC))
    assert (status, out) == (1, "")
    assert f"needs the private key with the fingerprint {needed}" in err
    assert list_files(tmp_path) == ["organisation.key", "other.key"]
    assert len(server.requests) == 2


def test_the_right_key_may_be_one_of_several(run):
    write_key("other.key", OTHER_PRIVATE)
    assert run("signatures", "all.csv", "--private-key", "other.key")[0] == 0


@pytest.fixture
def newer_signature(server):
    """Add a signature that was sealed to another key, until the test ends."""
    sealed = Vault("s" * 40, OTHER_PUBLIC).seal({"name": "Newer", "email": "newer@example.org"})
    with add_sealed(server, sealed):
        yield


def test_names_of_two_keys_need_both(run, tmp_path, newer_signature):
    status, _, err = run("signatures", "all.csv")
    assert (status, (tmp_path / "all.csv").exists()) == (1, False)
    assert f"the fingerprint {fingerprint_key(parse_public_key(OTHER_PUBLIC))}" in err
    write_key("other.key", OTHER_PRIVATE)
    assert run("signatures", "all.csv", "--private-key", "other.key")[0] == 0
    assert read_csv(tmp_path / "all.csv")[-1]["name"] == "Newer"


def test_a_key_that_others_can_read_is_rejected(run):
    write_key("open.key", PRIVATE, mode=0o644)
    status, _, err = run("signatures", "all.csv", key="open.key")
    assert status == 1
    assert "chmod 600 open.key" in err


def test_what_is_no_key_is_rejected_without_repeating_it(run):
    write_key("wrong.key", "half-a-secret")
    status, _, err = run("signatures", "all.csv", key="wrong.key")
    assert status == 2
    assert "wrong.key is not a private key" in err
    assert "half-a-secret" not in err


def test_the_key_can_be_piped(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PRIVATE}\n"))
    assert run("signatures", "all.csv", key=None)[0] == 0


def test_the_key_is_no_argument(run):
    status, _, err = run("signatures", "all.csv", key=PRIVATE)
    assert status == 2
    assert "cannot read" in err


# --- files ---------------------------------------------------------------------------------------


def test_an_existing_file_is_not_overwritten(run, tmp_path, server):
    (tmp_path / "all.csv").write_text("earlier")
    status, _, err = run("signatures", "all.csv")
    assert (status, (tmp_path / "all.csv").read_text()) == (1, "earlier")
    assert "--force" in err
    assert server.requests == []


def test_an_existing_file_is_replaced_on_request(run, tmp_path):
    (tmp_path / "all.csv").write_text("earlier")
    (tmp_path / "all.csv").chmod(0o644)
    assert run("signatures", "all.csv", "--force")[0] == 0
    assert len(read_csv(tmp_path / "all.csv")) == 4
    assert stat.S_IMODE((tmp_path / "all.csv").stat().st_mode) == 0o600


def test_an_interrupted_export_continues(run, tmp_path, server, monkeypatch):
    monkeypatch.setattr("imd_sdk.bulk._export.PAGE_SIZE", 1)
    server.fails_at = 5  # petitions, the first signature, and two pages
    assert run("signatures", "all.csv")[0] == 1
    assert not (tmp_path / "all.csv").exists()
    server.requests, server.fails_at = [], None
    assert run("signatures", "all.csv")[0] == 0
    assert len(server.requests) == 2 + 2  # the other two pages
    assert [row["id"] for row in read_csv(tmp_path / "all.csv")] == [f"sig_{n}" for n in range(4)]


def test_export_that_began_a_day_ago_starts_again(run, tmp_path, server, monkeypatch):
    monkeypatch.setattr("imd_sdk.bulk._export.PAGE_SIZE", 1)
    server.fails_at = 5
    run("signatures", "all.csv")
    [start] = tmp_path.glob(".*.start")  # pages that were read since are newer
    os.utime(start, (time.time() - 25 * 3600,) * 2)
    server.requests, server.fails_at = [], None
    assert run("signatures", "all.csv")[0] == 0
    assert len(server.requests) == 2 + 4
    assert list(tmp_path.glob(".*")) == []


def test_what_an_interrupted_export_leaves_has_no_names(run, tmp_path, server, monkeypatch):
    monkeypatch.setattr("imd_sdk.bulk._export.PAGE_SIZE", 1)
    server.fails_at = 5
    run("signatures", "all.csv")
    left = b"".join(path.read_bytes() for path in tmp_path.glob(".*"))
    assert b"sig_1" in left
    assert b"example.org" not in left


# --- news, orders, guests ------------------------------------------------------------------------


def test_news_has_each_mailbox_once_with_its_consent(run, tmp_path):
    run("news", "news.jsonl")
    found = {row["email"]: row for row in read_lines(tmp_path / "news.jsonl")}
    assert set(found) == {"Amina+news@example.org", "+formula@example.org"}
    spanish = read_languages()["es"].gettext(rows.CONSENT)
    assert found["+formula@example.org"]["consent"] == spanish != rows.CONSENT
    assert found["Amina+news@example.org"]["consented_at"].startswith("2026-11-26T12:00:00")


def test_consent_is_worded_as_on_the_page_that_asks_for_it():
    page = files("imd_widgets") / "templates" / "confirmation_signature.html"
    assert f'gettext("{rows.CONSENT}")' in page.read_text(encoding="utf-8")


def test_orders_have_their_buyers(run, tmp_path):
    assert run("orders", "orders.jsonl", "--state", "paid")[0] == 0
    [row] = read_lines(tmp_path / "orders.jsonl")
    assert list(row) == list(rows.ORDERS.columns)
    assert (row["order"], row["name"], row["amount"]) == ("ord_1", "Sample Buyer", 2500)
    assert (row["address"], row["locality"]) == ("12 Hidden Street, Flat 3", "Madrid")


def test_an_unknown_state_of_orders_is_rejected(run):
    status, _, err = run("orders", "orders.csv", "--state", "lost")
    assert status == 2
    assert "lost is not one of placed, paid" in err


def test_guests_of_homes_have_names(run, tmp_path):
    assert run("guests", "guests.csv", "--event", "evt_1", key=None)[0] == 0
    [row] = read_csv(tmp_path / "guests.csv")
    assert (row["name"], row["email"], row["status"]) == (
        *("Sample Guest", "guest@example.org"),
        "accepted",
    )


# --- a database without a server -----------------------------------------------------------------


def test_a_database_is_read_without_a_server_and_its_secret(run, server, tmp_path):
    url = server.settings.database_url
    assert run("signatures", "all.jsonl", "--database", url)[0] == 0
    assert run("orders", "orders.jsonl", "--database", url)[0] == 0
    assert server.requests == []
    assert [row["name"] for row in read_lines(tmp_path / "all.jsonl")] == [p[0] for p in PEOPLE]
    assert [row["name"] for row in read_lines(tmp_path / "orders.jsonl")] == ["Sample Buyer"]


def test_a_missing_database_is_not_created(run, tmp_path):
    status, _, err = run("signatures", "all.csv", "--database", "sqlite:///missing.sqlite3")
    assert status == 2
    assert "no such file" in err
    assert not (tmp_path / "missing.sqlite3").exists()
