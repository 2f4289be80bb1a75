"""The benchmarks of the widgets, each in a process of its own; tables in Markdown.

    python benchmarks/widgets [PART …]

A part is a folder or a file beside this one. Its exit status is 1 when it misses a bar.
"""

import os
import subprocess
import sys
from pathlib import Path

from report import table, where

HERE = Path(__file__).parent
PARTS = (
    "beside",
    "map_render.py",
    "throughput.py",
    "big_map.py",
    "many_options.py",
    "lighthouse",
)


def main(asked: list[str]) -> int:
    load = os.getloadavg()[0]
    failed = [part for part in asked or PARTS if run(part)]
    print(table(("where it ran", ""), where(load)))
    if failed:
        print(f"missed a bar, or broke off: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run(part: str) -> int:
    """Parts share what lies here, wherever they lie themselves."""
    shared = {**os.environ, "PYTHONPATH": str(HERE)}
    code = subprocess.run([sys.executable, HERE / part], env=shared, check=False).returncode
    print(flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
