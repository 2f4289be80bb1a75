"""Our widgets as the widgets server sends them, and pages of partners that have pasted them."""

import httpx
from sample_campaign import widgets

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
# Nothing else tells a page that a frame in it has loaded.
SEEN = "<script>onload = () => { window.shown = performance.now(); };</script>"


def hosts(address: str) -> dict[str, bytes]:
    """What the builder gives to paste, as it gives it."""
    languages = read_languages()
    options = CounterOptions.model_validate({}, context={"languages": languages})
    places = {"petition": "convention"}
    pasted = make_snippet(COUNTER, options, languages.source, places, address)
    partners = {
        "empty": "",
        "frame": pasted.html + SEEN,
        "loader": pasted.html_with_loader + SEEN,
        "element": pasted.element,
    }
    written = {name: PARTNER.format(text).encode() for name, text in partners.items()}
    return written | {"frame_messages.js": load_script("frame_messages").text.encode()}


async def documents(address: str) -> dict[str, bytes]:
    """Coded with brotli by the server itself; `address` is where the browser will find them."""
    app = widgets(public_url=address)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=address) as browser,
    ):
        return {name: await coded(browser, path) for name, path in PAGES.items()}


async def coded(browser: httpx.AsyncClient, path: str) -> bytes:
    async with browser.stream("GET", path, headers={"Accept-Encoding": "br"}) as answer:
        assert answer.headers["content-encoding"] == "br", path
        return b"".join([part async for part in answer.aiter_raw()])
