"""How long the sample campaign takes to load into an empty database.

    python benchmarks/campaign

CPU time, the median of five; ends with 1 when it is more than two seconds, as `imd demo` loads it
while somebody watches.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from imd_campaign import db, seed
from imd_cli.demo_campaign import make_campaign_settings

RUNS, LIMIT = 5, 2.0
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def main() -> int:
    seconds = median(loading() for _ in range(RUNS))
    missed = seconds > LIMIT
    print(f"the sample campaign loads in {seconds:.2f} s of CPU, limit {LIMIT} s", end=": ")
    print("MISS" if missed else "pass")
    return missed


def loading() -> float:
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
