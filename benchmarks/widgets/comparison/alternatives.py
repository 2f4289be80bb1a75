"""The alternatives: pages that embed them as their packages recommend."""

import json
import subprocess
from pathlib import Path

from sample_events import make_events

PACKAGES = (
    "leaflet@1.9.4",
    "leaflet.markercluster@1.5.3",
    "maplibre-gl@6.17.0",
    "giscus@1.6.0",
    "github-buttons@2.33.1",
    "@iframe-resizer/parent@5.5.9",
    "@iframe-resizer/child@5.5.9",
    "@calcom/embed-snippet@1.3.3",
    "esbuild@0.25.9",
)
FILES = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "MarkerCluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "MarkerCluster.Default.css": "leaflet.markercluster/dist/MarkerCluster.Default.css",
    "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl-shared.mjs": "maplibre-gl/dist/maplibre-gl-shared.mjs",
    "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "buttons.min.js": "github-buttons/dist/buttons.min.js",
    "parent.js": "@iframe-resizer/parent/index.umd.js",
    "child.js": "@iframe-resizer/child/index.umd.js",
    "cal.js": "@calcom/embed-snippet/dist/snippet.umd.js",
}
HEAD = (
    '<!doctype html><meta charset="utf-8"><title>A partner\'s page</title>'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><p>Text</p>'
)
PAGES = {
    "leaflet": """
<link rel="stylesheet" href="leaflet.css"><link rel="stylesheet" href="MarkerCluster.css">
<link rel="stylesheet" href="MarkerCluster.Default.css">
<div id="map" style="height:400px"></div>
<script src="leaflet.js"></script><script src="leaflet.markercluster.js"></script>
<script>
const map = L.map('map', {maxZoom: 18}).setView([10, 10], 1);
fetch('events.geojson').then(response => response.json()).then(events => {
    const group = L.markerClusterGroup();
    group.addLayer(L.geoJSON(events, {onEachFeature: (event, layer) =>
        layer.bindPopup(event.properties.title)}));
    map.addLayer(group);
});
</script>""",
    "maplibre": """
<link rel="stylesheet" href="maplibre-gl.css"><div id="map" style="height:400px"></div>
<script type="module">
import * as maplibre from './maplibre-gl.mjs';
maplibre.setWorkerUrl?.('maplibre-gl-worker.mjs');
const source = {type: 'geojson', data: 'events.geojson', cluster: true};
const layers = [{id: 'dots', type: 'circle', source: 'events'}];
const style = {version: 8, sources: {events: source}, layers};
const map = new maplibre.Map({container: 'map', style, center: [10, 10], zoom: 1});
map.once('idle', () => { window.shown = performance.now(); });
</script>""",
    "giscus": """
<script type="module" src="giscus.mjs"></script>
<giscus-widget repo="a/b" repoid="R" category="C" categoryid="D" mapping="number" term="1">
</giscus-widget>""",
    "buttons": """
<a class="github-button" href="https://github.com/a/b">Star</a>
<script src="buttons.min.js" onload="window.shown = performance.now()"></script>""",
    "resizer": """
<iframe src="framed" width="100%"></iframe>
<script src="parent.js"></script>
<script>
const onResized = () => { window.shown ||= performance.now(); };
iframeResize({license: 'GPLv3', onResized}, 'iframe');
</script>""",
    "cal": """
<script src="cal.js" onload="window.shown = performance.now()"></script>""",
}
AFTER = "<p>Text</p>"
FRAMED = '<p style="height:400px">Framed</p><script src="child.js"></script>'


def read_files(modules: Path) -> dict[str, bytes]:
    files = {name: (modules / path).read_bytes() for name, path in FILES.items()}
    return files | {"giscus.mjs": _bundle(modules, "giscus/dist/giscus.mjs")}


def make_pages() -> dict[str, bytes]:
    documents = {name: HEAD + body + AFTER for name, body in PAGES.items()} | {
        "framed": HEAD + FRAMED
    }
    return {name: page.encode() for name, page in documents.items()} | {
        "events.geojson": _make_geojson()
    }


def _bundle(modules: Path, entry: str) -> bytes:
    """Bundle a package into one file, as a partner's build or a CDN does."""
    command = [modules / ".bin/esbuild", modules / entry, "--bundle", "--minify", "--format=esm"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _make_geojson() -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {name: event[name] for name in ("id", "title", "starts_at", "kind")},
            "geometry": {
                "type": "Point",
                "coordinates": [event["place"]["longitude"], event["place"]["latitude"]],
            },
        }
        for event in make_events()
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False).encode()
