"""Our widgets as the widgets server makes them, of a small campaign in memory."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
from sample import EVENTS, events

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGES = {
    "counter": "/w/counter/convention",
    "countdown": "/w/countdown",
    "events": "/w/events",
    "embed.js": "/embed.js",
}
PETITION = {
    "slug": "convention",
    "lang": "en",
    "languages": ["en"],
    "title": "Every migrant worker, every family: join the 1990 Convention",
    "summary": "Ask every State to ratify it.",
    "text": "First paragraph.",
    "target": "All Member States of the United Nations",
    "goal": 10000,
    "milestones": [1000, 5000, 10000],
    "state": "open",
}
COUNT = {
    "petition": "convention",
    "total": 6146,
    "goal": 10000,
    "as_of": "2026-11-23T12:00:00+00:00",
    "poll_after": 60,
}
CAMPAIGN = {
    "name": "International Migrants Day",
    "lang": "en",
    "languages": ["en"],
    "day": "2026-12-18",
    "year": 2026,
    "anniversary": 36,
    "observance": 26,
    "begins_at": "2026-12-18T00:00:00+14:00",
    "ends_at": "2026-12-19T00:00:00-12:00",
    "petition": "convention",
    "links": {"website": None, "donate": None, "resources": None},
}
ELEMENT = b"""<!doctype html><meta charset="utf-8"><title>A partner's page</title><p>Text</p>
<imd-widget widget="counter" petition="convention"></imd-widget>
<script async src="embed.js"></script>"""


async def documents() -> dict[str, bytes]:
    asking = httpx.AsyncClient(transport=httpx.ASGITransport(_campaign))
    client = AsyncClient("http://campaign.example", http_client=asking)
    app = create_app(Settings(), client, clock=lambda: NOW)
    reading = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://widgets.example"
    )
    async with asking, app.router.lifespan_context(app), reading:
        made = {name: (await reading.get(path)).content for name, path in PAGES.items()}
    home = json.dumps(Settings().public_url).encode()
    made["embed.js"] = made["embed.js"].replace(home, b"location.origin")
    return made | {"element": ELEMENT, "w/counter/convention": made["counter"]}


async def _campaign(scope: Any, _receive: Any, send: Any) -> None:
    said = {
        "/v1/campaign": CAMPAIGN,
        "/v1/petitions/convention": PETITION,
        "/v1/petitions/convention/count": COUNT,
    }
    body = json.dumps(said.get(scope["path"]) or _page(scope["query_string"].decode())).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _page(query: str) -> dict[str, Any]:
    asked = httpx.QueryParams(query)
    start, limit = int(asked.get("cursor", 0)), int(asked.get("limit", 20))
    items = events()[start : start + limit]
    return {"items": items, "next": str(start + limit) if start + limit < EVENTS else None}
