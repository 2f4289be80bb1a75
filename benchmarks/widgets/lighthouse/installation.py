"""Installs Lighthouse and the Node.js that it requires from npm, into an ignored folder."""

import subprocess
from pathlib import Path

PACKAGES = ("lighthouse@13.5.0", "node@22.23.3")
FOLDER = Path(__file__).parents[3] / "var" / "lighthouse"


def install_lighthouse() -> Path:
    """Return the folder of the packages; install them if another version is there."""
    modules = FOLDER / "node_modules"
    versions_file = FOLDER / "packages.txt"
    versions = versions_file.read_text(encoding="utf-8") if versions_file.exists() else ""
    if versions.split() != list(PACKAGES):
        FOLDER.mkdir(parents=True, exist_ok=True)
        quiet = ("--no-save", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run(["npm", "install", "--prefix", FOLDER, *quiet, *PACKAGES], check=True)
        versions_file.write_text("\n".join(PACKAGES), encoding="utf-8")
    return modules
