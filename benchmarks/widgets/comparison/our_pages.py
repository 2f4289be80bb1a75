"""Our widgets as the widgets server sends them, and partners' pages that embed them."""

import httpx
from sample_campaign import create_widgets

from imd_widgets.assets import load_script
from imd_widgets.embedding.snippet import make_snippet
from imd_widgets.languages import read_languages
from imd_widgets.petitions.counter import WIDGET as COUNTER
from imd_widgets.petitions.counter import CounterOptions

PAGES = {
    "counter": "/w/counter/convention",
    "countdown": "/w/countdown",
    "events": "/w/events",
    "embed.js": "/embed.js",
    "w/counter/convention": "/w/counter/convention?lang=en",
}
PARTNER = """<!doctype html><meta charset="utf-8"><title>A partner's page</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<p>Text</p>{}<p>Text</p>"""
# A page has no other way to find out that a frame in it has loaded.
REPORT_LOAD = "<script>onload = () => { window.shown = performance.now(); };</script>"


def make_partner_pages(address: str) -> dict[str, bytes]:
    """Make pages with the embed codes of the builder."""
    languages = read_languages()
    options = CounterOptions.model_validate({}, context={"languages": languages})
    path_params = {"petition": "convention"}
    snippet = make_snippet(COUNTER, options, languages.source, path_params, address)
    partners = {
        "empty": "",
        "frame": snippet.html + REPORT_LOAD,
        "loader": snippet.html_with_loader + REPORT_LOAD,
        "element": snippet.element,
    }
    pages = {name: PARTNER.format(text).encode() for name, text in partners.items()}
    return pages | {"frame_messages.js": load_script("frame_messages").text.encode()}


async def fetch_documents(address: str) -> dict[str, bytes]:
    """Fetch widgets, encoded with brotli by the server; browsers will load them from `address`."""
    app = create_widgets(public_url=address)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=address) as browser,
    ):
        return {name: await fetch_encoded(browser, path) for name, path in PAGES.items()}


async def fetch_encoded(browser: httpx.AsyncClient, path: str) -> bytes:
    async with browser.stream("GET", path, headers={"Accept-Encoding": "br"}) as response:
        assert response.headers["content-encoding"] == "br", path
        return b"".join([part async for part in response.aiter_raw()])
