"""Measures the rendering of the event map, and compares its clustering with supercluster's.

    python benchmarks/widgets map_render.py

Figures are medians of CPU time, relative to supercluster's in the same run. Both libraries cluster
the same 100,000 points at one zoom level. The server itself clusters at most 2,000: if there are
more, the campaign aggregates them. Needs Node.js.
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
from npm_packages import install_packages
from report import check_max, note, print_figures
from sample_campaign import create_widgets
from sample_events import EVENTS

from imd_widgets.geography.clusters import cluster
from imd_widgets.geography.map_views import WORLD

BAR, POINTS, RUNS = 0.15, 100_000, 15
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
    with install_packages("supercluster@9.1.0") as modules:
        theirs = time_supercluster(modules / "supercluster/dist/supercluster.min.js")
    page = asyncio.run(time_rendering())
    what = f"page of {EVENTS} events, rendered and compressed"
    return print_figures(
        f"rendering a map, CPU time × that of supercluster for {POINTS:,} points",
        (
            check_max(f"{what} ({page:.1f} ms)", page / theirs, BAR),
            note(f"the same {POINTS:,} points clustered", time_our_clustering() / theirs),
        ),
    )


async def time_rendering() -> float:
    """Request another appearance each time, so that no response comes from the cache."""
    app = create_widgets()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        await browser.get("/w/events")
        times = []
        for number in range(RUNS):
            begin = time.process_time()
            response = await browser.get(f"/w/events?accent={number:06}")
            times.append(time.process_time() - begin)
            assert response.status_code == httpx.codes.OK
    return 1000 * median(times)


def make_points() -> list[tuple[float, float]]:
    dice = Random(18)  # noqa: S311 - a sample
    return [(dice.uniform(-168, 179), dice.uniform(-55, 82)) for _ in range(POINTS)]


def time_our_clustering() -> float:
    spots = [spot for point in make_points() if (spot := WORLD.find_spot(*point))]
    return 1000 * median(measure_cpu(lambda: cluster(spots, 600, 264)) for _ in range(5))


def time_supercluster(module: Path) -> float:
    command = ["node", "-e", SUPERCLUSTER, str(module)]
    data = json.dumps(make_points()).encode()
    return float(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


def measure_cpu(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


if __name__ == "__main__":
    sys.exit(main())
