"""The reference is made from the source, and says so of every public name."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "docs/sdk/reference.md").read_text("utf-8")
HOW = "changed on purpose? python scripts/reference.py > docs/sdk/reference.md"
APART = ("options", "cache", "hooks", "bulk", "testing", "webhooks")


def test_the_reference_is_made_from_the_source():
    command = [sys.executable, "-X", "utf8", ROOT / "scripts" / "reference.py"]
    real = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert real == WRITTEN, HOW


@pytest.mark.parametrize("module", ["errors", "models", *APART])
def test_every_public_name_has_a_heading(module):
    prefix = f"{module}." if module in APART else ""
    names = import_module(f"imd_sdk.{module}").__all__
    assert [name for name in names if f"\n### {prefix}{name}\n" not in WRITTEN] == []


@pytest.mark.parametrize("call", ["petitions.sign", "events.list", "posters.reserve"])
def test_calls_stand_as_they_are_written(call):
    assert f"\n#### {call}\n" in WRITTEN
