"""The event map beside Leaflet with markercluster, and its clustering beside supercluster.

    scripts/bench widgets

Given the folder of peers that `__main__` unpacks.

Both maps show the same 300 events, come from the same loopback server, compressed with brotli 11,
into the same Chromium at 1.6 Mbit/s, 150 ms and a processor four times slower. Leaflet is given no
tiles, so its land is missing and not counted. Times in Chromium are the best of seven, the others
are medians of CPU time. Needs node and Chromium.
"""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.geography.clusters import cluster
from imd_widgets.geography.views import WORLD
from imd_widgets.settings import Settings

EVENTS, CROWD, RUNS = 300, 100_000, 7
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
CITIES = (
    ("Mexico City", "MX", 19.43, -99.13, "America/Mexico_City", "-06:00"),
    ("New York", "US", 40.71, -74.01, "America/New_York", "-05:00"),
    ("Bogotá", "CO", 4.71, -74.07, "America/Bogota", "-05:00"),
    ("Madrid", "ES", 40.42, -3.70, "Europe/Madrid", "+01:00"),
    ("Berlin", "DE", 52.52, 13.40, "Europe/Berlin", "+01:00"),
    ("Nairobi", "KE", -1.29, 36.82, "Africa/Nairobi", "+03:00"),
    ("Beirut", "LB", 33.89, 35.50, "Asia/Beirut", "+02:00"),
    ("Kathmandu", "NP", 27.71, 85.32, "Asia/Kathmandu", "+05:45"),
    ("Manila", "PH", 14.60, 120.98, "Asia/Manila", "+08:00"),
    ("Suva", "FJ", -18.14, 178.44, "Pacific/Fiji", "+12:00"),
)
TITLES = """
vigil march for migrant workers families community gathering rights potluck stories city hall square
candle song rally open kitchen solidarity border dignity welcome neighbours convention reading
vigilia por los derechos de las personas migrantes reunión comunidad familias plaza canto cena
veillée marche pour les droits rassemblement quartier repas partagé lecture place accueil
وقفة مسيرة من أجل حقوق العمال المهاجرين وأسرهم لقاء مجتمعي عشاء مشترك قراءة الاتفاقية كرامة ساحة
"""
COMPRESS = """
const z = require('zlib'), parts = [];
process.stdin.on('data', part => parts.push(part)).on('end', () =>
    process.stdout.write(z.brotliCompressSync(Buffer.concat(parts))));
"""
SUPERCLUSTER = """
const code = require('fs').readFileSync(process.argv[1], 'utf8');
const module_ = {exports: {}}, parts = [];
new Function('module', 'exports', code)(module_, module_.exports);
const Supercluster = module_.exports;
process.stdin.on('data', part => parts.push(part)).on('end', () => {
    const points = JSON.parse(Buffer.concat(parts)).map(coordinates =>
        ({type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates}}));
    const times = [];
    for (let run = 0; run < 5; run++) {
        const begin = process.cpuUsage();
        new Supercluster({radius: 24, extent: 600, maxZoom: 0, log: false})
            .load(points).getClusters([-180, -85, 180, 85], 0);
        const spent = process.cpuUsage(begin);
        times.push((spent.user + spent.system) / 1000);
    }
    console.log(times.sort((a, b) => a - b)[2]);
});
"""
LEAFLET = """<!doctype html><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="stylesheet" href="leaflet.css"><link rel="stylesheet" href="MarkerCluster.css">
<link rel="stylesheet" href="MarkerCluster.Default.css">
<div id="map" style="height:400px"></div>
<script src="leaflet.js"></script><script src="leaflet.markercluster.js"></script>
<script>
const map = L.map('map', {maxZoom: 18}).setView([10, 10], 1);
fetch('events.geojson').then(answer => answer.json()).then(events => {
    const group = L.markerClusterGroup();
    group.addLayer(L.geoJSON(events, {onEachFeature: (event, layer) =>
        layer.bindPopup(event.properties.title)}));
    map.addLayer(group);
});
</script>"""
PROBE = """addEventListener('DOMContentLoaded', () => {
    const look = () => document.querySelector('.map a, .marker-cluster')
        ? requestAnimationFrame(() => setTimeout(() => { window.shown = performance.now(); }))
        : requestAnimationFrame(look);
    look();
});"""


def main() -> None:
    peers = Path(sys.argv[1])
    events = sample(EVENTS)
    ours, seconds = asyncio.run(render(events))
    sizes = {"ours": compressed(ours.encode())}
    files = leaflet(peers, events)
    sizes |= {name: compressed(content) for name, content in files.items()}
    weights = weigh(sizes)
    with served({**files, "ours": ours.encode()}) as address:
        shown = show(address)
    told("bytes, brotli", *weights)
    told("markers shown, ms", *shown)
    told(f"{CROWD:,} points, CPU ms", *crowd(peers))
    print(f"the server makes the page of {EVENTS} events in {seconds * 1000:.1f} ms of CPU")


def told(what: str, ours: float, peer: float) -> None:
    print(f"{what:24} ours {ours:>9,.0f}   peer {peer:>9,.0f}   ratio {ours / peer:.3f}")


def sample(count: int) -> list[dict[str, Any]]:
    dice = Random(18)  # noqa: S311 - a sample
    return [an_event(dice) for _ in range(count)]


def an_event(dice: Random) -> dict[str, Any]:
    locality, country, latitude, longitude, zone, offset = dice.choice(CITIES)
    spread = dice.choice((0, 0.2, 4))
    return {
        "id": f"evt_{dice.getrandbits(88):022x}",
        "title": " ".join(dice.choices(TITLES.split(), k=dice.randint(3, 8))).capitalize(),
        "description": "",
        "lang": "en",
        "languages": ["en"],
        "kind": dice.choice(("vigil", "march", "potluck", "rally")),
        "state": "public",
        "starts_at": f"2026-12-18T{dice.randint(8, 21):02}:00:00{offset}",
        "time_zone": zone,
        "online": False,
        "place": {
            "name": " ".join(dice.choices(TITLES.split(), k=2)),
            "locality": locality,
            "country": country,
            "latitude": latitude + dice.gauss(0, 1) * spread,
            "longitude": (longitude + dice.gauss(0, 1) * spread + 180) % 360 - 180,
            "precision": "exact",
        },
        "host": "Sample Group",
        "updated_at": "2026-11-20T10:00:00+00:00",
    }


async def render(events: list[dict[str, Any]]) -> tuple[str, float]:
    async def campaign(scope: Any, _receive: Any, send: Any) -> None:
        query = httpx.QueryParams(scope["query_string"].decode())
        start, limit = int(query.get("cursor", 0)), int(query["limit"])
        following = str(start + limit) if start + limit < len(events) else None
        body = json.dumps({"items": events[start : start + limit], "next": following}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    asking = httpx.AsyncClient(transport=httpx.ASGITransport(campaign))
    client = AsyncClient("http://campaign.example", http_client=asking)
    app = create_app(Settings(), client, clock=lambda: NOW)
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://widgets.example"
    )
    async with asking, app.router.lifespan_context(app), browser:
        await browser.get("/w/events")
        times = []
        for _ in range(3 * RUNS):
            begin = time.process_time()
            answer = await browser.get("/w/events")
            times.append(time.process_time() - begin)
    return answer.text, median(times)


def leaflet(peers: Path, events: list[dict[str, Any]]) -> dict[str, bytes]:
    folders = (peers / "leaflet/package/dist", peers / "leaflet.markercluster/package/dist")
    names = (
        ("leaflet.js", "leaflet.css"),
        ("leaflet.markercluster.js", "MarkerCluster.css", "MarkerCluster.Default.css"),
    )
    parts = zip(folders, names, strict=True)
    files = {name: (folder / name).read_bytes() for folder, these in parts for name in these}
    features = [
        {
            "type": "Feature",
            "properties": {name: event[name] for name in ("id", "title", "starts_at", "kind")},
            "geometry": {
                "type": "Point",
                "coordinates": [event["place"]["longitude"], event["place"]["latitude"]],
            },
        }
        for event in events
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return files | {"leaflet": LEAFLET.encode(), "events.geojson": data.encode()}


def compressed(content: bytes) -> bytes:
    return subprocess.run(
        ["node", "-e", COMPRESS], input=content, capture_output=True, check=True
    ).stdout


def weigh(sizes: dict[str, bytes]) -> tuple[int, int]:
    return len(sizes["ours"]), sum(len(body) for name, body in sizes.items() if name != "ours")


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[str]:
    bodies = {f"/{name}": compressed(content) for name, content in files.items()}
    kinds = {".js": "text/javascript", ".css": "text/css", ".geojson": "application/geo+json"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.get(self.path, b"")
            self.send_response(200 if body else 404)
            kind = kinds.get(Path(self.path).suffix, "text/html; charset=utf-8")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "br")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def show(address: str) -> tuple[float, float]:
    with sync_playwright() as playwright:
        path = "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        times = {
            name: min(shown(browser, f"{address}/{name}") for _ in range(RUNS))
            for name in ("ours", "leaflet")
        }
        browser.close()
    return times["ours"], times["leaflet"]


def shown(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport={"width": 600, "height": 800})
    page = context.new_page()
    page.add_init_script(PROBE)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.shown")
    took = float(page.evaluate("window.shown"))
    context.close()
    return took


def crowd(peers: Path) -> tuple[float, float]:
    dice = Random(18)  # noqa: S311 - a sample
    points = [(dice.uniform(-168, 179), dice.uniform(-55, 82)) for _ in range(CROWD)]
    spots = [spot for point in points if (spot := WORLD.spot(*point))]
    ours = median(timed(lambda: cluster(spots, 600, 264)) for _ in range(5))
    module = peers / "supercluster/package/dist/supercluster.min.js"
    command = ["node", "-e", SUPERCLUSTER, str(module.resolve())]
    asked = subprocess.run(
        command, input=json.dumps(points).encode(), capture_output=True, check=True
    )
    return ours * 1000, float(asked.stdout)


def timed(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
