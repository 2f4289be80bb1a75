"""The SDK's tests on every Python, with the newest and the lowest versions that it declares.

    python scripts/matrix.py [--lane newest|lowest] [PYTHON …]

Without a PYTHON, all of `python3.11` and later that are on the PATH. Each lane is an environment of
its own with the wheel, httpx, httpx2 and pydantic, and without the servers; the tests run with both
HTTP libraries in each.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LANES = ("newest", "lowest")
TOOLS = ("hypothesis", "opentelemetry-sdk", "pytest", "respx", "trio", "trustme")
NAMES = [f"python3.{minor}" for minor in range(11, 20)]
NEEDS_SERVERS = ("tests/sdk/test_examples.py",)
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def main() -> int:
    asked = arguments()
    pythons = asked.python or [name for name in NAMES if version(name)]
    lanes = [(python, lane) for python in pythons for lane in LANES if asked.lane in {None, lane}]
    results = [(version(python), lane, passes(python, lane)) for python, lane in lanes]
    for number, lane, passed in results:
        print(f"{number or '?':10} {lane:8} {'pass' if passed else 'FAIL'}")
    return not (results and all(passed for _, _, passed in results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="matrix")
    parser.add_argument("python", nargs="*", help="interpreters, such as python3.13")
    parser.add_argument("--lane", choices=LANES, help="only this one")
    return parser.parse_args()


def version(python: str) -> str | None:
    """None: there is none of this name, or it does not run."""
    if not shutil.which(python):
        return None
    command = [python, "-c", "import platform; print(platform.python_version())"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def passes(python: str, lane: str) -> bool:
    print(f"{python}, {lane} …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return all(run(*command) for command in commands(python, lane, folder))


def commands(python: str, lane: str, folder: str) -> list[tuple[str, ...]]:
    inside = f"{folder}/bin/python"
    tests = [f"--ignore={path}" for path in NEEDS_SERVERS]
    return [
        (python, "-m", "venv", folder),
        (inside, *PIP, str(ROOT), *requirements(lane), *TOOLS),
        (inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sdk", *tests),
    ]


def requirements(lane: str) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    both = [one for one in project["dependency-groups"]["test"] if one.startswith("httpx2")]
    declared = project["project"]["dependencies"] + both
    return [one.replace(">=", "==") if lane == "lowest" else one for one in declared]


def run(*command: str) -> bool:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=ROOT, env=clean, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
