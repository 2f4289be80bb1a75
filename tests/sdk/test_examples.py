"""The examples, run as a stranger runs them: from a file, against a running campaign."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/sign_and_list*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_runs(example, demo):
    run = subprocess.run(
        [sys.executable, "-W", "error", example, demo.address],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "Many Paths" in run.stdout
