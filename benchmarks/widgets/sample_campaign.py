"""A campaign that says the same to everybody at once, so that what is measured is the widgets."""

import json
from random import Random
from typing import Any

import httpx
from starlette.applications import Starlette

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings

EVENTS = 300
CITIES = (
    ("Mexico City", "MX", 19.43, -99.13, "America/Mexico_City", "-06:00"),
    ("New York", "US", 40.71, -74.01, "America/New_York", "-05:00"),
    ("Madrid", "ES", 40.42, -3.70, "Europe/Madrid", "+01:00"),
    ("Nairobi", "KE", -1.29, 36.82, "Africa/Nairobi", "+03:00"),
    ("Manila", "PH", 14.60, 120.98, "Asia/Manila", "+08:00"),
)
DAY = "2026-12-18"
PETITION = {
    "slug": "convention",
    "lang": "en",
    "languages": ["en"],
    "title": "Ratify the Convention on the rights of all migrant workers",
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
    "anniversary": 36,
    "observance": 26,
    "begins_at": f"{DAY}T00:00:00+14:00",
    "ends_at": "2026-12-19T00:00:00-12:00",
    "petition": "convention",
    "links": {"website": None, "donate": None, "resources": None},
}


def event(dice: Random) -> dict[str, Any]:
    locality, country, latitude, longitude, zone, offset = dice.choice(CITIES)
    return {
        "id": f"evt_{dice.getrandbits(88):022x}",
        "title": f"Sample event {dice.randrange(1000)}",
        "description": "",
        "lang": "en",
        "languages": ["en"],
        "kind": dice.choice(("vigil", "march", "potluck", "rally")),
        "state": "public",
        "starts_at": f"{DAY}T{dice.randint(8, 21):02}:00:00{offset}",
        "time_zone": zone,
        "online": False,
        "place": {
            "name": "Sample hall",
            "locality": locality,
            "country": country,
            "latitude": latitude + dice.gauss(0, 1),
            "longitude": longitude + dice.gauss(0, 1),
            "precision": "exact",
        },
        "host": "Sample Group",
        "updated_at": "2026-11-20T10:00:00+00:00",
    }


async def campaign(scope: Any, _receive: Any, send: Any) -> None:
    query = httpx.QueryParams(scope["query_string"].decode())
    said = SAID.get(scope["path"])
    status = 404 if said is None else 200
    if scope["path"] == "/v1/events":
        start = int(query.get("cursor", 0))
        end = start + int(query.get("limit", 20))
        said = {"items": THE_EVENTS[start:end], "next": str(end) if end < EVENTS else None}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(said).encode()})


THE_EVENTS = [event(dice) for dice in [Random(18)] for _ in range(EVENTS)]  # noqa: S311 - a sample
SAID: dict[str, Any] = {
    "/v1/campaign": CAMPAIGN,
    "/v1/petitions/convention": PETITION,
    "/v1/petitions/convention/count": COUNT,
    "/v1/events": {},
}


def widgets(**settings: Any) -> Starlette:
    asking = httpx.AsyncClient(transport=httpx.ASGITransport(campaign))
    client = AsyncClient("http://campaign.example", http_client=asking)
    return create_app(Settings(**settings), client)
