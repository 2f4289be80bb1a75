"""The public API is recorded in a file, so that reviewers see every change of it."""

import re
import subprocess
import sys
from importlib import import_module
from inspect import get_annotations, isclass
from pathlib import Path
from typing import is_typeddict

import pytest

import imd_sdk

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).with_name("public_api.txt").read_text("utf-8")
HINT = "changed on purpose? python scripts/public_api.py > tests/sdk/public_api.txt"
MODULES = re.findall(r"(?m)^(imd_sdk[\w.]*)$", RECORDED)


def is_recorded(member: str, one: type) -> bool:
    """Return whether the lines of a class name the member; a TypedDict repeats those of others."""
    classes = r"\w+" if is_typeddict(one) else one.__name__
    blocks = re.findall(rf"(?m)^    class {classes}\b.*\n((?:     .*\n)*)", RECORDED)
    return any(re.search(rf"\b{member}(\(|:| =)", block) for block in blocks)


def test_public_api_is_recorded():
    command = [sys.executable, ROOT / "scripts" / "public_api.py"]
    generated = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert generated == RECORDED, HINT


def test_every_public_module_is_recorded():
    assert set(MODULES) >= {f"imd_sdk.{name}" for name in imd_sdk._MODULES} | {"imd_sdk"}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_recorded(module):
    section = RECORDED.split(f"\n{module}\n")[1].split("\n\n")[0]
    recorded = re.findall(r"(?m)^    (?:(?:async )?def |class )?(\w+)", section)
    assert sorted(recorded) == sorted(import_module(module).__all__)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_member_is_recorded(module):
    exported = [getattr(import_module(module), name) for name in import_module(module).__all__]
    missing = [
        f"{one.__name__}.{name}"
        for one in filter(isclass, exported)
        for name in {*vars(one), *get_annotations(one)} - {"model_config"}
        if not name.startswith("_") and not is_recorded(name, one)
    ]
    assert missing == []
