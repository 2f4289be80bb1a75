"""Fetches the payload of all subjects from a real campaign server with the sample campaign."""

import asyncio
import json
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from imd_campaign.app import create_app
from imd_cli.demo_campaign import prepare

ADDRESS = "https://campaign.example"
SIGNATURE = {"name": "Sample Person", "email": "sample.person@example.org", "country": "MX"}
HUNDRED = 100


def write_sample(file: Path) -> None:
    file.write_text(json.dumps(asyncio.run(_fetch_sample(file.parent / "campaign"))), "utf-8")


async def _fetch_sample(data: Path) -> dict[str, Any]:
    campaign, _ = prepare(data, ADDRESS)
    app = create_app(campaign)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as http,
    ):
        events = (await http.get("/v1/events", params={"limit": HUNDRED})).json()["items"]
        receipt = await http.post("/v1/petitions/convention/signatures", json=SIGNATURE)
    hundred = [event | {"id": f"{event['id']}{n}"} for n, event in enumerate(repeat(events))]
    return {"events": hundred, "receipt": receipt.raise_for_status().json()}


def repeat(events: list[Any]) -> list[Any]:
    """Repeat the events until they fill a page."""
    return list(islice(cycle(events), HUNDRED))
