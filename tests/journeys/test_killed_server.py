"""A server that is killed under load loses no signature and sends no e-mail twice."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "benchmarks/campaign/killed_server.py"


def test_killed_server_loses_and_doubles_nothing():
    command = [sys.executable, PROGRAM, "--kills", "2", "--engine", "sqlite", "--settle", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.endswith("nothing lost or doubled\n")) == (0, True), done
