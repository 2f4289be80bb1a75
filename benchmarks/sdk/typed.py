"""How much of the public interface is typed, by pyright's count, in the installed wheel."""

import json
import subprocess
from pathlib import Path


def completeness(python: Path) -> float:
    """1 when all of it is."""
    command = ["pyright", "--verifytypes", "imd_sdk", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(
        [*command, "--pythonpath", python], capture_output=True, check=False, cwd=python.parent
    )
    return float(json.loads(done.stdout)["typeCompleteness"]["completenessScore"])
