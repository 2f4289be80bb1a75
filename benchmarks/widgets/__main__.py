"""Runs the benchmarks of the widgets, each in its own process, and prints tables in Markdown.

    python benchmarks/widgets [PART …]

A part is a folder or a file in this folder. The exit status is 1 if a part misses a bar.
"""

import os
import subprocess
import sys
from pathlib import Path

from report import describe_machine, format_table

HERE = Path(__file__).parent
PARTS = (
    "comparison",
    "map_render.py",
    "throughput.py",
    "big_map.py",
    "many_options.py",
    "lighthouse",
)


def main(parts: list[str]) -> int:
    load = os.getloadavg()[0]
    failed = [part for part in parts or PARTS if run(part)]
    print(format_table(("where it ran", ""), describe_machine(load)))
    if failed:
        print(f"missed a bar or failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run(part: str) -> int:
    """Run a part, which may import the modules of this folder."""
    shared = {**os.environ, "PYTHONPATH": str(HERE)}
    code = subprocess.run([sys.executable, HERE / part], env=shared, check=False).returncode
    print(flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
