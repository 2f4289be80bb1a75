"""A campaign with constant, immediate responses, so that only the widgets are measured."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
from sample_events import EVENTS, make_events
from starlette.applications import Starlette

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = "2026-12-18"
PETITION = {
    "slug": "convention",
    "lang": "en",
    "languages": ["en"],
    "title": "Every migrant worker, every family: join the 1990 Convention",
    "summary": "Ask every State to ratify it.",
    "text": "A paragraph.",
    "target": "All Member States of the United Nations",
    "goal": 10000,
    "milestones": [1000, 5000, 10000],
    "opens_at": "2026-10-01T00:00:00+00:00",
    "closes_at": None,
    "state": "open",
}
COUNT = {
    "petition": "convention",
    "total": 12345,
    "goal": 20000,
    "as_of": "2026-11-23T12:00:00+00:00",
    "poll_after": 60,
}
CAMPAIGN = {
    "name": "International Migrants Day",
    "lang": "en",
    "languages": ["en"],
    "day": DAY,
    "year": 2026,
    "convention_turns": 36,
    "day_turns": 26,
    "begins_at": f"{DAY}T00:00:00+14:00",
    "ends_at": "2026-12-19T00:00:00-12:00",
    "petition": "convention",
    "links": {"website": None, "donate": None, "resources": None},
}


async def serve_campaign(scope: Any, _receive: Any, send: Any) -> None:
    query = httpx.QueryParams(scope["query_string"].decode())
    body = RESPONSES.get(scope["path"])
    status = 404 if body is None else 200
    if scope["path"] == "/v1/events":
        start = int(query.get("cursor", 0))
        end = start + int(query.get("limit", 20))
        body = {"items": make_events()[start:end], "next": str(end) if end < EVENTS else None}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


RESPONSES: dict[str, Any] = {
    "/v1/campaign": CAMPAIGN,
    "/v1/petitions/convention": PETITION,
    "/v1/petitions/convention/count": COUNT,
    "/v1/events": {},
}


def create_widgets(**settings: Any) -> Starlette:
    """Create the widgets server with a running clock, some weeks before the day."""
    http = httpx.AsyncClient(transport=httpx.ASGITransport(serve_campaign))
    client = AsyncClient("http://campaign.example", http_client=http)
    offset = NOW - datetime.now(UTC)
    return create_app(Settings(**settings), client, clock=lambda: datetime.now(UTC) + offset)
