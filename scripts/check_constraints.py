"""Fails if the installed version of a dependency, at any depth, differs from constraints.txt."""

import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    pinned = read_versions()
    differences = [
        f"{name} {installed}, not {pinned.get(name, 'in constraints.txt')}"
        for name, installed in sorted(find_installed_versions().items())
        if pinned.get(name) != installed
    ]
    if differences:
        sys.exit(
            f"constraints.txt has other versions; run `make constraints`: {'; '.join(differences)}"
        )


def read_versions() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    return {p.name: str(p.specifier).removeprefix("==") for p in pins if is_applicable(p, {""})}


def find_installed_versions() -> dict[str, str]:
    """Return the versions of all dependencies of the project and of its group `dev`."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    members = chain.from_iterable(
        groups[requirement["include-group"]] for requirement in groups["dev"]
    )
    queue = [Requirement(text) for text in ("imd-sdk[all]", "pip", *members)]
    found: dict[str, str] = {}
    seen: set[str] = set()
    while queue:
        requirement = queue.pop()
        if str(requirement) not in seen:
            seen.add(str(requirement))
            found[canonicalize_name(requirement.name)] = metadata.version(requirement.name)
            queue += list_requirements(requirement)
    del found["imd-sdk"]
    return found


def list_requirements(requirement: Requirement) -> Iterable[Requirement]:
    texts = metadata.requires(requirement.name) or []
    return (r for r in map(Requirement, texts) if is_applicable(r, {"", *requirement.extras}))


def is_applicable(requirement: Requirement, extras: set[str]) -> bool:
    return not requirement.marker or any(
        requirement.marker.evaluate({"extra": extra}) for extra in extras
    )


if __name__ == "__main__":
    main()
