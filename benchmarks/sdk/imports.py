"""What an import costs: CPU time and memory in whole fresh processes, the subjects taking turns."""

import json
import os
import subprocess
from collections import defaultdict
from pathlib import Path

from ratios import turns

PROBE = """
import json, os, sys, time
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])
before, begin = resident(), time.process_time()
exec(sys.argv[1])
spent = time.process_time() - begin
print(json.dumps([spent, (resident() - before) * os.sysconf("SC_PAGE_SIZE")]))
"""

Statements = dict[str, tuple[Path, str]]
Samples = dict[str, list[float]]


def measure(statements: Statements, rounds: int) -> tuple[Samples, Samples]:
    """CPU seconds and bytes of each; the first round only warms the disk and is dropped."""
    spent: Samples = defaultdict(list)
    held: Samples = defaultdict(list)
    for order in turns(list(statements), rounds + 1):
        for name in order:
            seconds, size = probe(*statements[name])
            spent[name].append(seconds)
            held[name].append(size)
    return _without_first(spent), _without_first(held)


def probe(python: Path, statement: str) -> tuple[float, float]:
    done = subprocess.run(
        [python, "-P", "-W", "ignore", "-c", PROBE, statement],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    seconds, size = json.loads(done.stdout)
    return seconds, size


def _without_first(samples: Samples) -> Samples:
    return {name: values[1:] for name, values in samples.items()}
