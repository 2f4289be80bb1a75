"""Print the lowest version of each dependency that pyproject.toml declares, as constraints."""

import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def lower_bounds() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    declared = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *chain.from_iterable(extras),
    ]
    return sorted({lowest(one) for one in declared if ">=" in one})


def lowest(requirement: str) -> str:
    """`psycopg[binary]>=3.2` gives `psycopg==3.2`: a constraint names no extra."""
    name, _, version = requirement.partition(">=")
    return f"{name.partition('[')[0]}=={version}"


if __name__ == "__main__":
    print(*lower_bounds(), sep="\n")
