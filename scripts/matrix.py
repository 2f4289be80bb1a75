"""Runs the SDK's tests on every Python, with pinned, newest and lowest dependencies.

    python scripts/matrix.py [--lane pinned|newest|lowest] [PYTHON …]

Without a PYTHON, all of `python3.11` and later that are on the PATH. Each lane is an environment of
its own with the wheel, httpx, httpx2 and pydantic, and without the servers; the tests run with both
HTTP libraries in each. `make test LANE=…` runs all tests, with the servers, in such a lane.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from lower_bounds import list_lower_bounds, to_lowest

ROOT = Path(__file__).resolve().parents[1]
LANES = ("pinned", "newest", "lowest")
TOOLS = ("httpx2", "hypothesis", "opentelemetry-sdk", "pytest", "respx", "trio", "trustme")
NAMES = [f"python3.{minor}" for minor in range(11, 20)]
NEEDS_SERVERS = ("tests/sdk/test_examples.py",)
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def main() -> int:
    arguments = parse_arguments()
    pythons = arguments.python or [name for name in NAMES if get_version(name)]
    lanes = [
        (python, lane) for python in pythons for lane in LANES if arguments.lane in {None, lane}
    ]
    results = [(get_version(python), lane, run_lane(python, lane)) for python, lane in lanes]
    for number, lane, passed in results:
        print(f"{number or '?':10} {lane:8} {'pass' if passed else 'FAIL'}")
    return not (results and all(passed for _, _, passed in results))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="matrix")
    parser.add_argument("python", nargs="*", help="interpreters, such as python3.13")
    parser.add_argument("--lane", choices=LANES, help="only this one")
    return parser.parse_args()


def get_version(python: str) -> str | None:
    """Return the version of a Python; None if it does not exist or does not run."""
    if not shutil.which(python):
        return None
    command = [python, "-c", "import platform; print(platform.python_version())"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or None


def run_lane(python: str, lane: str) -> bool:
    print(f"{python}, {lane} …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return all(run(*command) for command in make_commands(python, lane, folder))


def make_commands(python: str, lane: str, folder: str) -> list[tuple[str, ...]]:
    lane_python, constraints = f"{folder}/bin/python", f"{folder}/constraints.txt"
    Path(constraints).write_text(make_constraints(lane), "utf-8")
    tests = [f"--ignore={path}" for path in NEEDS_SERVERS]
    pip = (lane_python, *PIP, "--constraint", constraints)
    install = (*pip, "--build-constraint", constraints)
    return [
        (python, "-m", "venv", folder),
        (*pip, "--upgrade", "pip"),
        (*install, str(ROOT), *TOOLS),
        (lane_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sdk", *tests),
    ]


def make_constraints(lane: str) -> str:
    if lane == "pinned":
        return (ROOT / "constraints.txt").read_text("utf-8")
    return (
        "\n".join([*list_lower_bounds(), to_lowest(get_httpx2_requirement())])
        if lane == "lowest"
        else ""
    )


def get_httpx2_requirement() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    test = project["dependency-groups"]["test"]
    return next(requirement for requirement in test if requirement.startswith("httpx2"))


def run(*command: str) -> bool:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
