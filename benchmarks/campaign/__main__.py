"""Runs all benchmarks of the campaign server but those that try to break it.

    python benchmarks/campaign

The time to load the sample into an empty database is the median CPU time of five runs. The exit
status is 1 if it is more than two seconds, because `imd demo` loads the sample while somebody
waits, or if one of the others misses a limit. `killed_server.py` and `known_mailboxes.py` are run
by themselves: they take longer, and need a machine that does nothing else.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import copy_cost
import country_counts
import database_reads
import event_feeds
import event_queries
import mail_rate
import many_signatures
import peak_memory
import public_reads
import signature_cost
import worker_cost

from imd_campaign import db, seed
from imd_cli.demo_campaign import make_campaign_settings

RUNS, LIMIT = 5, 2.0
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BENCHMARKS = (
    copy_cost,
    country_counts,
    database_reads,
    event_feeds,
    event_queries,
    mail_rate,
    many_signatures,
    peak_memory,
    public_reads,
    signature_cost,
    worker_cost,
)


def main() -> int:
    return max(check_sample(), *(benchmark.main() for benchmark in BENCHMARKS))


def check_sample() -> int:
    seconds = median(measure_load() for _ in range(RUNS))
    is_missed = seconds > LIMIT
    print(f"the sample campaign loads in {seconds:.2f} s of CPU, limit {LIMIT} s", end=": ")
    print("MISS" if is_missed else "pass")
    return is_missed


def measure_load() -> float:
    with tempfile.TemporaryDirectory() as folder:
        campaign = make_campaign_settings(Path(folder), "http://127.0.0.1:1218")
        engine = db.open_engine(campaign.database_url)
        db.migrate(engine)
        begin = time.process_time()
        seed.load(engine, campaign, NOW)
        spent = time.process_time() - begin
        engine.dispose()
    return spent


if __name__ == "__main__":
    sys.exit(main())
