"""Fail when the installed version of a dependency, at any depth, is not that of constraints.txt."""

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
    exact = versions()
    wrong = [
        f"{name} {installed}, not {exact.get(name, 'in constraints.txt')}"
        for name, installed in sorted(installed_versions().items())
        if exact.get(name) != installed
    ]
    if wrong:
        sys.exit(f"Not as constraints.txt says; run `make constraints`: {'; '.join(wrong)}")


def versions() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    return {p.name: str(p.specifier).removeprefix("==") for p in pins if applies(p, {""})}


def installed_versions() -> dict[str, str]:
    """The dependencies of the project and of its group `dev`, with theirs."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    members = chain.from_iterable(groups[one["include-group"]] for one in groups["dev"])
    waiting = [Requirement(text) for text in ("imd-sdk[all]", "pip", *members)]
    found: dict[str, str] = {}
    seen: set[str] = set()
    while waiting:
        one = waiting.pop()
        if str(one) not in seen:
            seen.add(str(one))
            found[canonicalize_name(one.name)] = metadata.version(one.name)
            waiting += required_by(one)
    del found["imd-sdk"]
    return found


def required_by(one: Requirement) -> Iterable[Requirement]:
    texts = metadata.requires(one.name) or []
    return (r for r in map(Requirement, texts) if applies(r, {"", *one.extras}))


def applies(one: Requirement, extras: set[str]) -> bool:
    return not one.marker or any(one.marker.evaluate({"extra": extra}) for extra in extras)


if __name__ == "__main__":
    main()
