"""A sample campaign server for docs/http-api.md, and widgets that use it."""

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))

SITE_URL = "http://widgets.example"
CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1200, "height": 900}
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

EVENT = {
    "id": "evt_1",
    "title": "Sample vigil",
    "description": "First paragraph.\n\nSecond paragraph.",
    "lang": "es",
    "languages": ["es"],
    "kind": "vigil",
    "state": "public",
    "starts_at": "2026-12-18T18:00:00-06:00",
    "ends_at": "2026-12-18T20:00:00-06:00",
    "time_zone": "America/Mexico_City",
    "online": False,
    "url": None,
    "place": {
        "name": "Sample hall",
        "address": "1 Sample Street",
        "locality": "Mexico City",
        "region": None,
        "country": "MX",
        "latitude": 19.4326,
        "longitude": -99.1332,
        "precision": "exact",
    },
    "host": "Sample Group",
    "capacity": 50,
    "places_left": 38,
    "distance_km": None,
    "updated_at": "2026-11-20T10:00:00+00:00",
}

PETITION = {
    "slug": "convention",
    "lang": "en",
    "languages": ["en"],
    "title": "Ratify the Convention on the rights of all migrant workers",
    "summary": "Ask every State to ratify it.",
    "text": "First paragraph.\n\nSecond paragraph.",
    "target": "All Member States of the United Nations",
    "goal": 10000,
    "milestones": [1000, 5000, 10000],
    "opens_at": "2026-10-01T00:00:00+00:00",
    "closes_at": None,
    "state": "open",
}

PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg' width='5' height='7'></svg>"
POSTER = {
    "slug": "many-paths",
    "lang": "en",
    "languages": ["en"],
    "title": "Many Paths",
    "artist": "Sample Studio",
    "year": 2026,
    "description": "First paragraph.\n\nSecond paragraph.",
    "alternative_text": "A tree before a large red sun.",
    "state": "on_sale",
    "editions": [
        {
            "id": "open",
            "kind": "open",
            "title": "Open edition",
            "size": "50 × 70 cm",
            "price": {"amount": 2500, "currency": "USD"},
            "run": None,
            "available": None,
        },
        {
            "id": "limited",
            "kind": "limited",
            "title": "Silk-screened and numbered",
            "size": "50 × 70 cm",
            "price": {"amount": 9000, "currency": "USD"},
            "run": 100,
            "available": 37,
        },
    ],
    "files": [
        {
            "name": "many-paths.pdf",
            "purpose": "print",
            "media_type": "application/pdf",
            "bytes": 3_400_000,
            "sha256": "ab" * 32,
            "width": None,
            "height": None,
            "href": "/v1/posters/many-paths/files/many-paths.pdf",
        },
        {
            "name": "many-paths.svg",
            "purpose": "preview",
            "media_type": "image/svg+xml",
            "bytes": 71,
            "sha256": "cd" * 32,
            "width": 680,
            "height": 952,
            "href": "/v1/posters/many-paths/files/many-paths.svg",
        },
    ],
}

CAMPAIGN = {
    "name": "International Migrants Day",
    "lang": "en",
    "languages": ["en"],
    "day": "2026-12-18",
    "year": 2026,
    "convention_turns": 36,
    "day_turns": 26,
    "begins_at": "2026-12-18T00:00:00+14:00",
    "ends_at": "2026-12-19T00:00:00-12:00",
    "petition": "convention",
    "links": {"website": None, "donate": None, "resources": None},
}

SHARE_KIT = {
    "lang": "en",
    "languages": ["en"],
    "storm_at": "2026-12-18T17:00:00+00:00",
    "url": "https://campaign.example/",
    "hashtags": ["MigrantRights", "ManyPaths"],
    "messages": [
        {"id": "convention", "text": "A border takes no right away. Add your name:"},
        {"id": "family", "text": "Every family, everywhere."},
    ],
}


def problem(status: int, name: str, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    body: dict[str, Any] = {
        "type": f"/v1/problems/{name}",
        "title": name,
        "status": status,
        "detail": name,
        "request_id": "req_1",
    }
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, media_type="application/problem+json")


def invalid_body(*fields: str) -> JSONResponse:
    errors = [{"in": "body", "field": name, "message": "no."} for name in fields]
    return problem(422, "invalid-body", errors)


@dataclass
class SampleCampaign:
    """The data of a campaign server, which tests may change."""

    total: int = 1234
    poll_after: int = 60
    down: bool = False
    petition: dict[str, Any] = field(default_factory=lambda: deepcopy(PETITION))
    event: dict[str, Any] = field(default_factory=lambda: deepcopy(EVENT))
    events: list[dict[str, Any]] = field(default_factory=list)
    campaign: dict[str, Any] = field(default_factory=lambda: deepcopy(CAMPAIGN))
    poster: dict[str, Any] = field(default_factory=lambda: deepcopy(POSTER))
    posters: list[dict[str, Any]] | None = None
    files: dict[str, bytes] = field(default_factory=lambda: {"many-paths.svg": PICTURE})
    false_metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Wrong metadata of files, by name."""
    reservations: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    reservation_error: Response | Exception | None = None
    order_error: Response | Exception | None = None
    kit: dict[str, Any] = field(default_factory=lambda: deepcopy(SHARE_KIT))
    places: list[dict[str, Any]] = field(default_factory=list)
    signers: list[dict[str, Any]] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=lambda: {"good": "pending", "old": "expired"})
    rejection: Response | None = None
    attendance: str = "accepted"
    requests: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        gets = {
            "/v1/campaign": lambda _: self.campaign,
            "/v1/petitions": lambda _: {"items": [self.petition], "next": None},
            "/v1/petitions/{slug}": self._petition,
            "/v1/petitions/{slug}/count": self._count,
            "/v1/petitions/{slug}/places": lambda _: {"items": self.places, "next": None},
            "/v1/petitions/{slug}/signers": self._signers,
            "/v1/share-kit": lambda _: self.kit,
            "/v1/confirmations/{token}": self._confirmation,
            "/v1/events": lambda _: {"items": self.events or [self.event], "next": None},
            "/v1/events.ics": self._ics,
            "/v1/events/{id}.ics": self._ics,
            "/v1/events/{id}": self._event,
            "/v1/posters": lambda _: {
                "items": [self._full_poster()] if self.posters is None else self.posters,
                "next": None,
            },
            "/v1/posters/{slug}": self._poster,
            "/v1/posters/{slug}/files/{name}": self._file,
            "/v1/orders/{id}": self._order,
        }
        posts = {
            "/v1/petitions/{slug}/signatures": self._sign,
            "/v1/confirmations/{token}": self._confirm,
            "/v1/events/{id}/attendances": self._attend,
            "/v1/posters/{slug}/reservations": self._reserve,
            "/v1/orders": self._place_order,
        }
        return Starlette(
            routes=[
                *(Route(path, self._respond(handler)) for path, handler in gets.items()),
                *(
                    Route(path, self._respond(handler), methods=["POST"])
                    for path, handler in posts.items()
                ),
            ]
        )

    def _respond(self, handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def respond(request: Request) -> Response:
            self.requests.append(f"{request.method} {request.url.path}")
            self.queries.append(request.url.query)
            if self.down:
                return problem(503, "unavailable")
            if request.method == "POST" and (await request.body()):
                self.received.append(await request.json())
                self.keys.append(request.headers.get("idempotency-key", ""))
            result = handler(request)
            return result if isinstance(result, Response) else JSONResponse(result)

        return respond

    def _petition(self, request: Request) -> Any:
        known = request.path_params["slug"] == self.petition["slug"]
        return self.petition if known else problem(404, "not-found")

    def _count(self, request: Request) -> Any:
        if request.path_params["slug"] != self.petition["slug"]:
            return problem(404, "not-found")
        return {
            "petition": "convention",
            "total": self.total,
            "goal": self.petition["goal"],
            "as_of": "2026-11-23T12:00:00+00:00",
            "poll_after": self.poll_after,
        }

    def _signers(self, request: Request) -> Any:
        limit = int(request.query_params["limit"])
        return {"items": self.signers[:limit], "next": None}

    def _event(self, request: Request) -> Any:
        known = request.path_params["id"] == self.event["id"]
        return self.event if known else problem(404, "not-found")

    def _ics(self, _request: Request) -> Response:
        return Response(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", media_type="text/calendar")

    def _confirmation(self, request: Request) -> Any:
        state = self.links.get(request.path_params["token"])
        if state is None:
            return problem(404, "not-found")
        if state == "expired":
            return problem(410, "confirmation-expired")
        ends = "2026-11-30T12:00:00+00:00" if state == "pending" else None
        return {
            "petition": "convention",
            "title": self.petition["title"],
            "state": state,
            "expires_at": ends,
        }

    def _confirm(self, request: Request) -> Any:
        token = request.path_params["token"]
        if self.links.get(token) == "pending":
            self.links[token] = "confirmed"
            self.total += 1
        return self._confirmation(request)

    def _sign(self, _request: Request) -> Any:
        result = {"status": "confirmation_sent", "detail": "Look into your mail."}
        return self.rejection or JSONResponse(result, 202)

    def _attend(self, _request: Request) -> Any:
        result = {"event": "evt_1", "status": self.attendance, "detail": "Thank you."}
        return self.rejection or JSONResponse(result, 202)

    def _poster(self, request: Request) -> Any:
        known = request.path_params["slug"] == self.poster["slug"]
        return self._full_poster() if known else problem(404, "not-found")

    def _full_poster(self) -> dict[str, Any]:
        """Return the poster with the size and digest of its files."""
        true = {
            name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in self.files.items()
        }
        true = {
            name: metadata | self.false_metadata.get(name, {}) for name, metadata in true.items()
        }
        files = [file | true.get(file["name"], {}) for file in self.poster["files"]]
        return self.poster | {"files": files}

    def _file(self, request: Request) -> Any:
        content = self.files.get(request.path_params["name"])
        return problem(404, "not-found") if content is None else Response(content)

    def _reserve(self, request: Request) -> Any:
        if request.path_params["slug"] != self.poster["slug"]:
            return problem(404, "not-found")
        if isinstance(self.reservation_error, Exception):
            raise self.reservation_error
        form = self.received[-1]
        reservation = {
            "id": f"rsv_{len(self.reservations)}",
            "poster": self.poster["slug"],
            "numbers": [17, 18][: form["quantity"]] if form["edition"] == "limited" else [],
            "total": {"amount": 9000 * form["quantity"], "currency": "USD"},
            "expires_at": "2026-11-23T12:15:00+00:00",
        }
        result = self.reservations.setdefault(self.keys[-1], reservation | form)
        return self.reservation_error or JSONResponse(result, 201)

    def _place_order(self, _request: Request) -> Any:
        if isinstance(self.order_error, Exception):
            raise self.order_error
        if self.order_error:
            return self.order_error
        reservation = next(
            one
            for one in self.reservations.values()
            if one["id"] == self.received[-1]["reservation"]
        )
        kept = ("poster", "edition", "quantity", "numbers", "total")
        order = {
            "id": "ord_secret",
            "state": "placed",
            **{name: reservation[name] for name in kept},
            "payment": {"state": "due", "detail": "We write to you how to pay."},
            "created_at": "2026-11-23T12:05:00+00:00",
        }
        self.orders.append(order)
        return JSONResponse(order, 201)

    def _order(self, request: Request) -> Any:
        known = (order for order in self.orders if order["id"] == request.path_params["id"])
        return next(known, None) or problem(404, "not-found")


@dataclass
class Clock:
    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@asynccontextmanager
async def open_widgets(
    campaign: SampleCampaign, clock: Clock, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    http_client = httpx.AsyncClient(
        transport=httpx.ASGITransport(campaign.app()), base_url="http://campaign.example"
    )
    client = AsyncClient("http://campaign.example", http_client=http_client, max_retries=0)
    app = create_app(Settings(**{"public_url": SITE_URL, **settings}), client, clock=clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(http_client)
        await stack.enter_async_context(app.router.lifespan_context(app))
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE_URL)
        yield await stack.enter_async_context(browser)


@pytest.fixture
def campaign() -> SampleCampaign:
    return SampleCampaign()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def browser(campaign: SampleCampaign, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with open_widgets(campaign, clock) as browser:
        yield browser


@pytest.fixture
def served_with(campaign: SampleCampaign, clock: Clock) -> Callable[..., Any]:
    """Open the widgets with other settings."""
    return partial(open_widgets, campaign, clock)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class SharedServer:
    """A server for the whole session that serves the application of each test."""

    portal: BlockingPortal
    port: int = 0
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    @property
    def server_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serve_app(self, widgets: Starlette) -> Iterator[None]:
        life = widgets.router.lifespan_context(widgets)
        with self.portal.wrap_async_context_manager(life):
            self.app = widgets
            yield


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SharedServer]:
    with start_blocking_portal() as portal:
        shared_server = SharedServer(portal)
        config = uvicorn.Config(
            shared_server, port=0, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
        )
        listener = config.bind_socket()
        shared_server.port = listener.getsockname()[1]
        server = uvicorn.Server(config)
        served = portal.start_task_soon(server.serve, [listener])
        while not server.started:
            time.sleep(0.01)
        yield shared_server
        server.should_exit = True
        served.result()


@pytest.fixture
def served(shared_server, campaign, clock) -> Iterator[SharedServer]:
    """The widgets for the test's campaign, on the shared server."""
    http_client = httpx.AsyncClient(
        transport=httpx.ASGITransport(campaign.app()), base_url="http://campaign.example"
    )
    client = AsyncClient("http://campaign.example", http_client=http_client, max_retries=0)
    settings = Settings(fresh_seconds=0, public_url=shared_server.server_url)
    with shared_server.serve_app(create_app(settings, client, clock=clock)):
        yield shared_server


@pytest.fixture
def server_url(served) -> str:
    return served.server_url


@contextmanager
def fail_on_errors(page: Page) -> Iterator[Page]:
    """Fail on errors of the page: a blocked style, a broken script or a missing file."""
    errors: list[str] = []

    def note_error(error: Error) -> None:
        errors.append(str(error))

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("pageerror", note_error)
    page.on("console", note_console)
    yield page
    page.goto("about:blank")
    page.remove_listener("pageerror", note_error)
    page.remove_listener("console", note_console)
    assert errors == []


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    page = chromium.new_page(viewport=SIZE)
    with fail_on_errors(page):
        yield page
    page.close()


@pytest.fixture(scope="module")
def module_page(chromium) -> Iterator[Page]:
    page = chromium.new_page(extra_http_headers={"Cache-Control": "no-cache"})
    yield page
    page.close()


@pytest.fixture
def shared_page(module_page) -> Iterator[Page]:
    """A shared page for tests that change no state; a new page for each would be slow."""
    module_page.set_viewport_size(SIZE)
    with fail_on_errors(module_page):
        yield module_page


@pytest.fixture
def no_js_page(chromium) -> Iterator[Page]:
    """A page without JavaScript."""
    page = chromium.new_page(java_script_enabled=False)
    yield page
    page.close()


@pytest.fixture
def reject_fields() -> Callable[..., JSONResponse]:
    """Return the campaign's error for invalid fields."""
    return invalid_body
