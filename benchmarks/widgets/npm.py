"""Packages of npm, in a folder that is thrown away."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def installed(*packages: str) -> Iterator[Path]:
    """The folder of modules; packages are named with their versions."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *packages]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        yield Path(folder) / "node_modules"
