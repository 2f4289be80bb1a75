"""Installs each subject with its dependencies into its own temporary environment."""

import subprocess
import sys
import venv
from pathlib import Path

from subject_list import OURS, SUBJECTS

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
    """Return the Python of each installed subject, and errors for the others."""
    pythons, missing = {}, {}
    for subject in SUBJECTS:
        requires = (str(wheel),) if subject.name == OURS else subject.requires
        home = folder / subject.name
        print(f"installing {subject.name} …", file=sys.stderr)
        error = install(home, requires)
        if error:
            missing[subject.name] = error
        else:
            pythons[subject.name] = home / "bin" / "python"
    return pythons, missing


def install(home: Path, requires: tuple[str, ...]) -> str | None:
    venv.create(home, with_pip=False, symlinks=True)
    command = [sys.executable, "-m", "pip", "--python", home, "install", *QUIET, *requires]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return (errors or ["ERROR: pip failed"])[-1] if done.returncode else None
