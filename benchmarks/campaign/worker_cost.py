"""Measures what a signature costs the server with two workers instead of one.

    python benchmarks/campaign/worker_cost.py [--rounds 7] [--engine sqlite|postgresql]

Sixteen clients sign, as in `signature_cost.py`. The cost is the CPU time of the server's processes,
without the database's, until all e-mails have been sent. Both servers run in turn; the ratio is the
median of the rounds. The exit status is 1 if it is more than 1.15 on PostgreSQL. On SQLite, where
all workers wait for one writer, the figures are for information.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from campaign_process import CampaignProcess, start_campaign
from postgresql_server import create_database, find_binaries, start_postgresql
from signature_cost import SIGNATURES, find_latencies, sign_with_all_clients

ROOT = Path(__file__).parents[2]
LIMIT = 1.15


@dataclass
class Server:
    process: CampaignProcess
    cpu: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        self.process.wait_until_idle()
        before, began_at = self.process.read_cpu(), time.monotonic()
        self.seconds += asyncio.run(sign_with_all_clients(self.process.port))
        self.rates.append(SIGNATURES / (time.monotonic() - began_at))
        self.process.wait_until_idle()
        self.cpu.append((self.process.read_cpu() - before) / SIGNATURES)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    rounds, binaries = options.rounds, find_binaries()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        if options.engine != "postgresql":
            compare("sqlite", folder, lambda name: f"sqlite:///{folder / name}.sqlite3", rounds)
        if options.engine == "sqlite":
            return 0
        if binaries is None:
            print("PostgreSQL is not installed: not measured")
            return 0
        socket = stack.enter_context(start_postgresql(binaries))
        ratio = compare(
            "postgresql", folder, lambda name: create_database(binaries, socket, name), rounds
        )
    print(f"limit on PostgreSQL {LIMIT}: {'MISS' if ratio > LIMIT else 'pass'}")
    return int(ratio > LIMIT)


def compare(engine: str, folder: Path, make_url: Callable[[str], str], rounds: int) -> float:
    with ExitStack() as stack:
        one, two = (
            Server(
                stack.enter_context(
                    start_campaign(
                        ROOT / "src", folder / f"{engine}{number}", make_url(name), workers=number
                    )
                )
            )
            for number, name in ((1, "one"), (2, "two"))
        )
        for _ in range(rounds + 1):
            one.measure()
            two.measure()
    ratio = median(b / a for a, b in zip(one.cpu[1:], two.cpu[1:], strict=True))
    print(f"{engine}: one worker {describe(one)}; two workers {describe(two)}; ratio {ratio:.2f}")
    return ratio


def describe(server: Server) -> str:
    middle, slowest = find_latencies(server.seconds[SIGNATURES:])
    return (
        f"{median(server.cpu[1:]) * 1000:.2f} ms of CPU, {median(server.rates[1:]):.0f} a second, "
        f"median {middle * 1000:.1f} ms, slowest percent {slowest * 1000:.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
