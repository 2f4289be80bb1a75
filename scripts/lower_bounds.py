"""Prints the lowest version of each dependency that pyproject.toml declares, as constraints."""

import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def list_lower_bounds() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    declared = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *chain.from_iterable(extras),
    ]
    return sorted({to_lowest(one) for one in declared if ">=" in one})


def to_lowest(requirement: str) -> str:
    """Turn `psycopg[binary]>=3.2` into `psycopg==3.2`: constraints name no extras."""
    name, _, version = requirement.partition(">=")
    return f"{name.partition('[')[0]}=={version}"


if __name__ == "__main__":
    print(*list_lower_bounds(), sep="\n")
