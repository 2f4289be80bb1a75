"""Our widgets beside what else could be put into a page, loaded by Chromium on a slow phone.

    python benchmarks/widgets/beside

Everything comes from one loopback server, compressed with brotli 11, into the same Chromium at
1.6 Mbit/s, 150 ms and a processor four times slower, each in turn, seven times over. The peers
come from npm into a temporary folder. Those that go on to load from their own hosts (giscus,
Cal.com, github-buttons) find them closed, so only what their packages bring is counted. Maps get
no tiles: the peers' land is missing and not counted.
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from ours import documents
from peers import PACKAGES, pages
from phone import Loaded, Phone
from serving import served
from subjects import BARS, SUBJECTS

ROUNDS = 7


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
        subprocess.run(command, cwd=folder, check=True)
        files = asyncio.run(documents()) | pages(Path(folder) / "node_modules")
    with served(files) as address, Phone() as phone:
        rounds = [{s.name: phone.load(address, s) for s in SUBJECTS} for _ in range(ROUNDS)]
    table = {subject.name: middle([run[subject.name] for run in rounds]) for subject in SUBJECTS}
    print(f"{'':36}{'kB':>8}{'requests':>10}{'ms':>9}")
    for subject in SUBJECTS:
        told = table[subject.name]
        print(f"{subject.name:36}{told.size / 1000:8.1f}{told.requests:10}{told.shown:9.0f}")
    return 1 if any([missed(name, table[name]) for name in BARS]) else 0  # noqa: C419 - say all


def middle(runs: list[Loaded]) -> Loaded:
    return Loaded(runs[0].size, runs[0].requests, median(run.shown for run in runs))


def missed(name: str, loaded: Loaded) -> bool:
    bar = BARS[name]
    over = loaded.size > bar.size or loaded.requests > bar.requests or loaded.shown > bar.shown
    if over:
        print(f"{name}: over its bar of {bar.size} bytes, {bar.requests} requests, {bar.shown} ms")
    return over


if __name__ == "__main__":
    sys.exit(main())
