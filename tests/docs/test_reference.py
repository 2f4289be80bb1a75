"""docs/sdk/reference.md is generated from the source and has every public name."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/sdk/reference.md").read_text("utf-8")
HINT = "changed on purpose? python scripts/reference.py > docs/sdk/reference.md"
WITH_PREFIX = ("options", "cache", "hooks", "bulk", "testing", "webhooks")


def test_reference_is_up_to_date():
    command = [sys.executable, "-X", "utf8", ROOT / "scripts" / "reference.py"]
    generated = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert generated == REFERENCE, HINT


@pytest.mark.parametrize("module", ["errors", "models", *WITH_PREFIX])
def test_every_public_name_has_a_heading(module):
    prefix = f"{module}." if module in WITH_PREFIX else ""
    names = import_module(f"imd_sdk.{module}").__all__
    assert [name for name in names if f"\n### {prefix}{name}\n" not in REFERENCE] == []


@pytest.mark.parametrize("call", ["petitions.sign", "events.list", "posters.reserve"])
def test_calls_have_headings_with_their_namespace(call):
    assert f"\n#### {call}\n" in REFERENCE
