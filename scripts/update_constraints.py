"""Writes constraints.txt: exact versions of what `make` installs, for every supported Python.

    python scripts/update_constraints.py [PACKAGE …]

Versions younger than a week are left out, to avoid withdrawn and malicious releases. If a release
fixes a vulnerability, name its PACKAGE: it has no such delay.
"""

import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
COOLDOWN = "7 days"
OLDEST_PYTHON = "3.11"
HEADING = "# Made by `make constraints`; see CONTRIBUTING.md.\n"


def main() -> None:
    CONSTRAINTS.write_text(HEADING + "".join(simplify(resolve(sys.argv[1:]))), "utf-8")


def resolve(without_cooldown: list[str]) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [f"--group={name}" for name in project["dependency-groups"]]
    exempt = [f"--exclude-newer-package={name}=0 days" for name in without_cooldown]
    command = [
        *("uv", "pip", "compile", "pyproject.toml", "--quiet", "--no-config"),
        *("--universal", f"--python-version={OLDEST_PYTHON}", "--all-extras", *groups),
        *("--no-header", "--no-annotate", "--no-emit-index-url"),
        *(f"--exclude-newer={COOLDOWN}", *exempt),
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit("constraints.txt is unchanged; see the messages above.")
    return done.stdout.splitlines()


def simplify(pins: list[str]) -> list[str]:
    """Drop the marker of a package that has the same version everywhere."""
    versions = Counter(pin.partition("==")[0] for pin in pins)
    return [
        f"{pin if versions[pin.partition('==')[0]] > 1 else pin.partition(' ; ')[0]}\n"
        for pin in pins
    ]


if __name__ == "__main__":
    main()
