"""Measures how much of the installed SDK's public interface is typed, with pyright."""

import json
import subprocess
from pathlib import Path


def measure_completeness(python: Path) -> float:
    """Return the typed share, 1 for all of it."""
    command = ["pyright", "--verifytypes", "imd_sdk", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(
        [*command, "--pythonpath", python], capture_output=True, check=False, cwd=python.parent
    )
    return float(json.loads(done.stdout)["typeCompleteness"]["completenessScore"])
