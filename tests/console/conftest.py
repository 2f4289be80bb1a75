import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pyotp
import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit.service import Author
from imd_campaign.calendars import service as calendars
from imd_campaign.calendars.fetching import Fetched, Validators
from imd_campaign.context import Context
from imd_campaign.crypto import new_id, new_key_pair
from imd_campaign.db import migrate, open_engine
from imd_campaign.events import change_store, event_changes, moderation, store
from imd_campaign.events.attendance import fingerprint_guest
from imd_campaign.events.guests import make_locked_values
from imd_campaign.events.schemas import EventChangeForm, EventDecision, EventForm
from imd_campaign.events.service import get_exact_place
from imd_campaign.events.submission import make_row
from imd_campaign.pagination import PageRequest
from imd_campaign.petitions import counting
from imd_campaign.petitions import store as petitions
from imd_campaign.petitions.signatures import fingerprint_signer
from imd_campaign.posters.tables import editions, orders, poster_texts, posters
from imd_campaign.settings import Settings
from imd_campaign.staff import accounts, one_time_codes, sessions
from imd_campaign.staff.accounts import NewAccount
from imd_campaign.startup import open_database, open_vault
from imd_console.app import create_app

PUBLIC_KEY = new_key_pair()[0]
SITE = "https://campaign.example"
PASSWORD = "four words are enough"
SMALL = 8  # KiB: a password is hashed in no time
TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("console") / "campaign.sqlite3"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


def make_settings(file: Path, **changed: object) -> Settings:
    values = {
        "secret": "a secret for tests, and for tests only",
        "public_key": PUBLIC_KEY,
        "database_url": f"sqlite:///{file}",
        "site_url": SITE,
        "mail_delivery": False,
        "staff_hash_memory": SMALL,
    }
    return Settings(**values | changed)


@pytest.fixture
def context(migrated: Path, tmp_path: Path, clock: Clock) -> Iterator[Context]:
    settings = make_settings(Path(shutil.copy(migrated, tmp_path / "campaign.sqlite3")))
    database = open_database(settings)
    yield Context(settings, database, open_vault(settings), clock)
    database.engine.dispose()


@dataclass
class Person:
    """Somebody with an account, and with the app that it was set up with."""

    context: Context
    account_id: str
    email: str
    app: pyotp.TOTP
    password: str = PASSWORD

    def code(self) -> str:
        return self.app.at(self.context.now())


@pytest.fixture
def add_person(context: Context) -> Callable[..., Person]:
    """Add an account; its first code is used up."""

    def add(role: str = "admin", name: str = "Sample Person", email: str = "") -> Person:
        email = email or f"{role}@example.org"
        nonce = one_time_codes.new_nonce()
        app = pyotp.TOTP(one_time_codes.derive_secret(context, "test", nonce))
        new = NewAccount(name, email, PASSWORD, app.at(context.now()), nonce)
        prepared = accounts.prepare(context, "test", new)
        with context.database.write() as connection:
            account_id = accounts.create(context, connection, role, prepared)
        return Person(context, account_id, email, app)

    return add


@dataclass
class Browser:
    """A browser without JavaScript: it keeps cookies, and sends the forms that pages have."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options):
        return self.client.get(path, headers=self.headers, **options)

    def post(self, path: str, data: dict[str, object] | None = None, *, page: str = "", **options):
        """Send a form of a page with its token."""
        found = TOKEN.search(self.get(page or path).text)
        token = {"token": found[1]} if found else {}
        headers = {"Sec-Fetch-Site": "same-origin", **self.headers, **options.pop("headers", {})}
        return self.client.post(path, data={**token, **(data or {})}, headers=headers, **options)


# --- events --------------------------------------------------------------------------------------

EVENT = {
    "title": "Vigil for migrants",
    "description": "Candles, songs and silence.\n\nBring a candle.",
    "lang": "en",
    "kind": "vigil",
    "starts_at": "2026-12-18T18:00:00-06:00",
    "time_zone": "America/Mexico_City",
    "place": {
        "name": "Sample Church",
        "address": "5 Sample Street",
        "locality": "Mexico City",
        "country": "MX",
        "latitude": 19.4326,
        "longitude": -99.1332,
    },
    "host": {"name": "Sample Group", "email": "host@example.org"},
}
HOME = {
    "title": "A potluck",
    "kind": "potluck",
    "place": {
        "name": "Home of a Sample Person",
        "address": "1218 Secret Lane",
        "locality": "Mexico City",
        "country": "MX",
        "latitude": 19.41234,
        "longitude": -99.12345,
        "private": True,
    },
}


@pytest.fixture
def add_event(context: Context, clock: Clock) -> Callable[..., str]:
    """`add_event(title="X")` submits an event ten seconds after the last one; returns its ID."""

    def add(*, state: str = "pending_review", is_staff_run: bool = False, **changes: object) -> str:
        clock.forward(seconds=10)
        form = EventForm.model_validate(EVENT | changes)
        row = make_row(context.vault, form, now=context.now(), state=state)
        row["id"] = new_id("evt")
        if is_staff_run:
            row |= {"locked_host": None, "host_token": None}
        with context.database.write() as connection:
            store.add(connection, row)
        return row["id"]

    return add


@pytest.fixture
def add_guest(context: Context) -> Callable[..., str]:
    def add(event: str, status: str = "requested") -> str:
        person = {
            "name": "Sample Guest",
            "email": "guest@example.org",
            "lang": "en",
            "message": "A friend told me.",
        }
        attendance = {
            "id": new_id("att"),
            "event": event,
            "fingerprint": fingerprint_guest(context, event, person["email"]),
            **make_locked_values(context, person),
            "guests": 1,
            "status": status,
            "created_at": context.now(),
        }
        with context.database.write() as connection:
            store.add_attendance(connection, attendance)
        return attendance["id"]

    return add


@pytest.fixture
def propose(context: Context) -> Callable[..., str]:
    """`propose(event, title="X")` is a change of a host; returns its ID."""

    def add(event: str, **changes: object) -> str:
        with context.database.write() as connection:
            row = store.lock(connection, event)
            place = get_exact_place(context, row).model_dump(exclude={"precision"})
            same = ("title", "description", "starts_at", "ends_at", "time_zone", "url")
            known = {name: row[name] for name in same} | {"place": place}
            zone = ZoneInfo(row["time_zone"])
            known["starts_at"] = known["starts_at"].astimezone(zone).isoformat()
            form = EventChangeForm.model_validate(known | changes)
            event_changes.propose(context, connection, row, form)
            return change_store.find_for_event(connection, event)["id"]

    return add


# --- calendars -----------------------------------------------------------------------------------

SECRET_URL = "https://calendar.example/secret-token/basic.ics"
GROUP = {
    "name": "Group with a calendar",
    "lang": "en",
    "time_zone": "Africa/Nairobi",
    "locality": "Nairobi",
    "country": "KE",
    "latitude": -1.29,
    "longitude": 36.82,
}


def write_entry(**lines: str) -> str:
    given = {
        "UID": "vigil",
        "DTSTART": "20261218T180000",
        "SUMMARY": "Sample vigil",
        "LOCATION": "Sample Hall\\, 5 Sample Street",
    }
    body = "".join(f"{name}:{value}\r\n" for name, value in (given | lines).items())
    return f"BEGIN:VEVENT\r\n{body}END:VEVENT\r\n"


@pytest.fixture
def calendar(context: Context) -> str:
    author = Author("shell:test", "A sample reason", context.now())
    return calendars.add(context, SECRET_URL, GROUP, author)


@pytest.fixture
def read_calendar(context: Context, calendar: str) -> Callable[..., None]:
    """`read_calendar(write_entry(), …)` reads the calendar as if it had these entries."""

    def read(*entries: str) -> None:
        data = f"BEGIN:VCALENDAR\r\n{''.join(entries)}END:VCALENDAR\r\n".encode()
        due = calendars.claim(context, calendar)
        calendars.record_read(context, due, Fetched(data, Validators()))

    return read


@pytest.fixture
def add_cancelled_event(context: Context, read_calendar) -> Callable[[], str]:
    """Publish an event that its calendar then cancels; returns its ID."""

    def add() -> str:
        read_calendar(write_entry())
        waiting = moderation.list_submitted_events(context, "pending_review", PageRequest(100))
        (event,) = (one.event for one in waiting.items if one.event.title == "Sample vigil")
        form = EventDecision(decision="approve", reason="A sample reason")
        moderation.decide_event(context, Caller("acc_1", "staff", frozenset()), event.id, form)
        read_calendar(write_entry(STATUS="CANCELLED"))
        return event.id

    return add


# --- browsers ------------------------------------------------------------------------------------


@pytest.fixture
def console(context: Context):
    return create_app(lambda: context)


@pytest.fixture
def open_browser(console) -> Iterator[Callable[[], Browser]]:
    opened = []

    def start(**headers: str) -> Browser:
        client = TestClient(console, base_url=SITE, follow_redirects=False)
        client.__enter__()
        opened.append(client)
        return Browser(client, headers)

    yield start
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def browser(open_browser) -> Browser:
    return open_browser()


@pytest.fixture
def sign_in(context: Context, add_person, open_browser) -> Callable[..., Browser]:
    """`sign_in("moderator")` returns a browser with a session of this role."""

    def begin(role: str = "admin", person: Person | None = None, **headers: str) -> Browser:
        person = person or add_person(role)
        with context.database.write() as connection:
            token = sessions.begin(context, connection, person.account_id, "Firefox, Android")
        browser = open_browser(**headers)
        browser.client.cookies.set(
            "__Host-imd-staff-session", token, domain=urlsplit(SITE).hostname
        )
        browser.person = person
        return browser

    return begin


# --- petitions and orders ------------------------------------------------------------------------

PETITION_TEXTS = {"lang": "en", "title": "Stand up", "summary": "S", "text": "T", "target": "All"}


@pytest.fixture
def petition(context):
    """A petition with three signatures from Kenya and two from Mexico."""
    now = context.now()
    values = {"slug": "convention", "goal": 1000, "milestones": []}
    with context.database.write() as connection:
        values |= {"opens_at": now - timedelta(days=30), "closes_at": None}
        petition_id = petitions.put(connection, values, [PETITION_TEXTS], now)
        for number, country in enumerate(["KE", "KE", "KE", "MX", "MX"]):
            petitions.add_signature(
                connection,
                id=f"sig_{number}",
                petition_id=petition_id,
                fingerprint=fingerprint_signer(context, petition_id, f"p{number}@example.org"),
                country=country,
                source="partner" if number else None,
                public=True,
                display_name="Sample Signer",
                updates=False,
                sealed="sealed-for-the-organisation",
                confirmed_at=now - timedelta(minutes=30 - number),
            )
    while counting.fold(context):
        pass
    return petition_id


@pytest.fixture
def order(context):
    now = context.now()
    with context.database.write() as connection:
        connection.execute(
            insert(posters).values(slug="paths", artist="A", year=2026, state="on_sale")
        )
        connection.execute(
            insert(poster_texts).values(
                poster="paths",
                lang="en",
                position=0,
                title="Many paths",
                description="D",
                alternative_text="A",
            )
        )
        connection.execute(
            insert(editions).values(
                poster="paths",
                id="open",
                position=0,
                kind="open",
                titles={"en": "Open edition"},
                size="A2",
                amount=1500,
                currency="EUR",
            )
        )
        connection.execute(
            insert(orders).values(
                id="ord_sample",
                state="placed",
                poster="paths",
                edition="open",
                quantity=2,
                amount=3000,
                currency="EUR",
                sealed="sealed-for-the-organisation",
                kept_until=now.date(),
                created_at=now,
            )
        )
    return {"order": "ord_sample"}
