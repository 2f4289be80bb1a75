"""A clean environment for each subject, outside the tree, with nothing in it but what it brings."""

import subprocess
import sys
import venv
from pathlib import Path

from compared import OURS, SUBJECTS

ROOT = Path(__file__).resolve().parents[2]
QUIET = ("--quiet", "--disable-pip-version-check")


def build_wheel(folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *QUIET, "--no-deps", "-w", folder, ROOT],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    (wheel,) = folder.glob("imd_sdk-*.whl")
    return wheel


def install_all(folder: Path, wheel: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The Python of each subject, and why the others have none."""
    pythons, missing = {}, {}
    for subject in SUBJECTS:
        requires = (str(wheel),) if subject.name == OURS else subject.requires
        home = folder / subject.name
        print(f"installing {subject.name} …", file=sys.stderr)
        fault = install(home, requires)
        if fault:
            missing[subject.name] = fault
        else:
            pythons[subject.name] = home / "bin" / "python"
    return pythons, missing


def install(home: Path, requires: tuple[str, ...]) -> str | None:
    venv.create(home, with_pip=False, symlinks=True)
    command = [sys.executable, "-m", "pip", "--python", home, "install", *QUIET, *requires]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    faults = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return (faults or ["ERROR: pip failed"])[-1] if done.returncode else None
