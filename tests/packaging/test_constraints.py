"""What `make` installs: one exact version of each dependency, above every declared lower bound."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[a-z0-9.]+)( ; python_full_version .+)?")


def pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def versions(python):
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    required = [Requirement(pin) for pin in pins()]
    mine = [r for r in required if not r.marker or r.marker.evaluate(environment)]
    return {r.name: str(r.specifier).removeprefix("==") for r in mine}


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lists = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    texts = [one for one in itertools.chain.from_iterable(lists) if isinstance(one, str)]
    required = [Requirement(text) for text in texts]
    return [r for r in required if r.name != "imd-sdk"]


def test_every_line_is_one_exact_version_for_all_platforms():
    assert [pin for pin in pins() if not PIN.fullmatch(pin)] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_has_two_versions_on_one_python(python):
    assert len(versions(python)) == len({pin.partition("==")[0] for pin in pins()})


@pytest.mark.parametrize("python", PYTHONS)
def test_every_declared_range_contains_its_exact_version(python):
    exact = versions(python)
    outside = [
        str(one)
        for one in declared()
        if not one.specifier.contains(exact.get(canonicalize_name(one.name), "0"))
    ]
    assert outside == []


def test_every_dependency_declares_a_lower_bound():
    assert [str(one) for one in declared() if ">=" not in str(one.specifier)] == []
