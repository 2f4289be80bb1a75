"""Measures CPU time and memory of imports in fresh processes; the subjects take turns."""

import json
import os
import subprocess
from collections import defaultdict
from pathlib import Path

from paired_ratios import make_orders

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
    """Return CPU seconds and bytes of each; the first round only warms the disk cache."""
    times: Samples = defaultdict(list)
    memory: Samples = defaultdict(list)
    for order in make_orders(list(statements), rounds + 1):
        for name in order:
            seconds, size = run_probe(*statements[name])
            times[name].append(seconds)
            memory[name].append(size)
    return _drop_first(times), _drop_first(memory)


def run_probe(python: Path, statement: str) -> tuple[float, float]:
    result = subprocess.run(
        [python, "-P", "-W", "ignore", "-c", PROBE, statement],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    seconds, size = json.loads(result.stdout)
    return seconds, size


def _drop_first(samples: Samples) -> Samples:
    return {name: values[1:] for name, values in samples.items()}
