"""The public surface is written down, so that a change of it is seen in a review."""

import subprocess
import sys
from pathlib import Path

import imd_sdk

ROOT = Path(__file__).parents[2]
WRITTEN = Path(__file__).with_name("public_api.txt").read_text("utf-8")
HOW = "changed on purpose? python scripts/public_api.py > tests/sdk/public_api.txt"


def test_the_public_surface_is_the_one_that_was_reviewed():
    command = [sys.executable, ROOT / "scripts" / "public_api.py"]
    real = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert real == WRITTEN, HOW


def test_every_name_of_the_root_is_recorded_and_exists():
    for name in imd_sdk.__all__:
        assert f"\n    {name}\n" in WRITTEN
        assert getattr(imd_sdk, name) is not None
