"""Compiles a partner's code with the types that the widgets server offers."""

import subprocess
import sys
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from imd_widgets.embedding.embed_script import make_declarations

ROOT = Path(__file__).parents[1]
USAGE = ROOT / "tests/widgets/typing/usage.ts"
TSC = ROOT / "node_modules/.bin/tsc"
OPTIONS = ("--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom")


def main() -> int:
    with TemporaryDirectory() as folder:
        (Path(folder) / "embed.d.ts").write_bytes(make_declarations())
        copied = copy(USAGE, folder)
        return subprocess.run([TSC, *OPTIONS, copied], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
