"""The SDK's tests on every Python, with exact, the newest and the lowest declared versions.

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

from lower_bounds import lower_bounds, lowest

ROOT = Path(__file__).resolve().parents[1]
LANES = ("pinned", "newest", "lowest")
TOOLS = ("httpx2", "hypothesis", "opentelemetry-sdk", "pytest", "respx", "trio", "trustme")
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
    inside, constraints = f"{folder}/bin/python", f"{folder}/constraints.txt"
    Path(constraints).write_text(exact(lane), "utf-8")
    tests = [f"--ignore={path}" for path in NEEDS_SERVERS]
    pip = (inside, *PIP, "--constraint", constraints)
    install = (*pip, "--build-constraint", constraints)
    return [
        (python, "-m", "venv", folder),
        (*pip, "--upgrade", "pip"),
        (*install, str(ROOT), *TOOLS),
        (inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sdk", *tests),
    ]


def exact(lane: str) -> str:
    if lane == "pinned":
        return (ROOT / "constraints.txt").read_text("utf-8")
    return "\n".join([*lower_bounds(), lowest(httpx2())]) if lane == "lowest" else ""


def httpx2() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    test = project["dependency-groups"]["test"]
    return next(one for one in test if one.startswith("httpx2"))


def run(*command: str) -> bool:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=ROOT, env=clean, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
