"""Print widgets and e-mail texts in Haitian Creole and Somali as JSON."""

import asyncio
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import httpx

from imd_campaign.mail.email_templates import choose_email_language
from imd_widgets.app import create_app
from imd_widgets.languages import read_languages
from imd_widgets.settings import Settings

TAGS = ("ht", "so", "fr")
HAITI = ZoneInfo("America/Port-au-Prince")


async def fetch_pages():
    app = create_app(Settings())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        responses = [await browser.get("/privacy", params={"lang": tag}) for tag in TAGS]
        pairs = zip(TAGS, responses, strict=True)
        return {tag: [response.status_code, response.text] for tag, response in pairs}


widgets, emails = read_languages()["ht"], choose_email_language("ht")
output = {
    "pages": asyncio.run(fetch_pages()),
    "languages": list(read_languages()),
    "date": widgets.date(date(2026, 12, 18), "full"),
    "moment": emails.moment(datetime(2026, 12, 18, 17, tzinfo=UTC), HAITI, "full"),
    "countries": [widgets.territory("US"), emails.territory("US")],
    "somali e-mails": choose_email_language("so").tag,
}
print(json.dumps(output))
