"""Lighthouse and the Node.js it asks for, from npm, into a folder that no commit holds."""

import subprocess
from pathlib import Path

PACKAGES = ("lighthouse@13.5.0", "node@22.23.3")
FOLDER = Path(__file__).parents[3] / "var" / "lighthouse"


def installed() -> Path:
    """The folder of the packages; a version named above that is not in it is fetched."""
    modules = FOLDER / "node_modules"
    kept = FOLDER / "packages.txt"
    if not kept.exists() or kept.read_text(encoding="utf-8").split() != list(PACKAGES):
        FOLDER.mkdir(parents=True, exist_ok=True)
        quiet = ("--no-save", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run(["npm", "install", "--prefix", FOLDER, *quiet, *PACKAGES], check=True)
        kept.write_text("\n".join(PACKAGES), encoding="utf-8")
    return modules
