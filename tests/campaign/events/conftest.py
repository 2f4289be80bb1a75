import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from signing import find_token

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.events import store
from imd_campaign.events.hosts import read_host
from imd_campaign.events.schemas import EventForm
from imd_campaign.events.submission import make_row

Body = dict[str, Any]

PLACE: Body = {
    "name": "Sample Church",
    "address": "5 Sample Street",
    "locality": "Mexico City",
    "country": "MX",
    "latitude": 19.4326,
    "longitude": -99.1332,
}
HOME: Body = {
    "name": "Home of a Sample Person",
    "address": "1218 Secret Lane",
    "locality": "Oakland",
    "region": "California",
    "country": "US",
    "latitude": 37.80443,
    "longitude": -122.27118,
    "private": True,
}


def _body(**changes: Any) -> Body:
    return {
        "title": "Vigil for migrants",
        "description": "Candles, songs and silence.",
        "lang": "en",
        "kind": "vigil",
        "starts_at": "2026-12-18T18:00:00-06:00",
        "time_zone": "America/Mexico_City",
        "place": dict(PLACE),
        "host": {"name": "Sample Group", "email": "host@example.org"},
        **changes,
    }


@pytest.fixture
def body() -> Callable[..., Body]:
    """`body(title="X")` returns a valid submission with these changes."""
    return _body


@pytest.fixture
def place() -> Callable[..., Body]:
    return lambda **changes: {**PLACE, **changes}


@pytest.fixture
def online() -> Callable[..., Body]:
    fixed = {"kind": "online", "online": True, "url": "https://example.org/live", "place": None}
    return lambda **changes: _body(**{**fixed, **changes})


@pytest.fixture
def at_home() -> Callable[..., Body]:
    fixed = {
        "kind": "potluck",
        "title": "A potluck",
        "place": dict(HOME),
        "starts_at": "2026-12-18T19:00:00-08:00",
        "time_zone": "America/Los_Angeles",
    }
    return lambda **changes: _body(**{**fixed, **changes})


@pytest.fixture
def publish(context: Context) -> Callable[..., str]:
    """Insert an approved event and return its id."""

    def insert(submission: Body | None = None, /, **changes: Any) -> str:
        event_id = changes.pop("id", None) or new_id("evt")
        validated = EventForm.model_validate(submission or _body(**changes))
        row = make_row(context.vault, validated, now=context.now(), state="public")
        with context.database.write() as connection:
            store.add(connection, row | {"id": event_id})
        return event_id

    return insert


@pytest.fixture
def confirm_last(client: httpx.AsyncClient, emails: Callable[..., Any]) -> Callable[..., Any]:
    """Confirm with the link of the newest e-mail that has one."""

    async def confirm(**consent: Any) -> httpx.Response:
        email = [email for email in emails() if "/confirm/" in email.get_content()][-1]
        return await client.post(f"/v1/confirmations/{find_token(email)}", json=consent)

    return confirm


@pytest.fixture
def submit(client: httpx.AsyncClient, confirm_last: Callable[..., Any]) -> Callable[..., Any]:
    """Submit an event, confirm it and return its id."""

    async def submit(submission: Body) -> str:
        response = await client.post("/v1/events", json=submission)
        assert response.status_code == 202, response.text
        event_id: str = (await confirm_last()).json()["event"]
        return event_id

    return submit


@pytest.fixture
def attend(client: httpx.AsyncClient, confirm_last: Callable[..., Any]) -> Callable[..., Any]:
    """Sign up for an event and confirm; return the confirmation, or the error."""

    async def attend(
        event: str, email: str = "guest@example.org", guests: int = 0, **more: Any
    ) -> httpx.Response:
        guest = {"name": "Sample Guest", "email": email, "guests": guests, **more}
        response = await client.post(f"/v1/events/{event}/attendances", json=guest)
        return await confirm_last() if response.is_success else response

    return attend


@pytest.fixture
def find_link(emails: Callable[..., Any]) -> Callable[[str, str], str]:
    """Return the token of the newest link to a path in the e-mails to an address."""

    def find(to: str, path: str) -> str:
        texts = [email.get_content() for email in emails() if email["To"] == to]
        tokens: list[str] = re.findall(rf"/{path}/([\w-]+)", "\n".join(texts))
        return tokens[-1]

    return find


@pytest.fixture
def guest_link(attend: Callable[..., Any], find_link: Callable[..., str]) -> Callable[..., Any]:
    """Sign up for an event and confirm; return the path of the guest's own sign-up."""

    async def sign_up(event: str, email: str = "guest@example.org", **more: Any) -> str:
        assert (await attend(event, email, **more)).is_success
        return f"/v1/attendances/{find_link(email, 'attendances')}"

    return sign_up


@pytest.fixture
def host_link(context: Context) -> Callable[[str], str]:
    """Return the path of the hosted event, for the host of an event."""

    def find(event: str) -> str:
        with context.database.write() as connection:
            host = read_host(context, connection, store.lock(connection, event) or {})
        return f"/v1/hosted-events/{host['token']}" if host else ""

    return find


@pytest.fixture
def moderator(key: Callable[..., dict[str, str]]) -> dict[str, str]:
    return key("events:moderate")


@pytest.fixture
def ids(client: httpx.AsyncClient) -> Callable[[str], Awaitable[list[str]]]:
    """Return the ids of the events that a query lists, in order."""

    async def fetch_ids(query: str) -> list[str]:
        response = await client.get(f"/v1/events?{query}")
        assert response.status_code == 200, response.text
        return [event["id"] for event in response.json()["items"]]

    return fetch_ids
