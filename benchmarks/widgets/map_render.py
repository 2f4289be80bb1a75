"""What it takes the server to draw the event map, and its clustering beside supercluster.

    python benchmarks/widgets map_render.py

Medians of the processor's time. Both part the same 100,000 points at one zoom; a map of ours parts
2,000 at most, for beyond that the campaign sums them up. Needs node.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

import httpx
from npm import installed
from report import at_most, say, told
from sample import EVENTS
from sample_campaign import widgets

from imd_widgets.geography.clusters import cluster
from imd_widgets.geography.map_views import WORLD

BAR_MS, CROWD, RUNS = 20, 100_000, 15
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


def main() -> int:
    with installed("supercluster@9.1.0") as modules:
        theirs = supercluster(modules / "supercluster/dist/supercluster.min.js")
    made = asyncio.run(making())
    return say(
        "rendering a map, CPU time",
        (
            at_most(f"page of {EVENTS} events, rendered and compressed", made, BAR_MS, " ms"),
            told(f"{CROWD:,} points clustered, × supercluster", ours() / theirs),
        ),
    )


async def making() -> float:
    """Each time in another look, so that nothing kept can be sent."""
    app = widgets()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        await browser.get("/w/events")
        times = []
        for number in range(RUNS):
            begin = time.process_time()
            answer = await browser.get(f"/w/events?accent={number:06}")
            times.append(time.process_time() - begin)
            assert answer.status_code == httpx.codes.OK
    return 1000 * median(times)


def points() -> list[tuple[float, float]]:
    dice = Random(18)  # noqa: S311 - a sample
    return [(dice.uniform(-168, 179), dice.uniform(-55, 82)) for _ in range(CROWD)]


def ours() -> float:
    spots = [spot for point in points() if (spot := WORLD.find_spot(*point))]
    return 1000 * median(timed(lambda: cluster(spots, 600, 264)) for _ in range(5))


def supercluster(module: Path) -> float:
    command = ["node", "-e", SUPERCLUSTER, str(module)]
    given = json.dumps(points()).encode()
    return float(subprocess.run(command, input=given, capture_output=True, check=True).stdout)


def timed(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


if __name__ == "__main__":
    sys.exit(main())
