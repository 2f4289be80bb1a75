"""Every benchmark of the widgets that lies beside this file, with the peers of all of them.

    python benchmarks/widgets

Each file is given a folder that has the peers unpacked, from npm, in folders of their names; the
folders here get what they need by themselves.
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {"leaflet": "1.9.4", "leaflet.markercluster": "1.5.3", "supercluster": "8.0.1"}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name, version in PEERS.items():
            unpack(name, version, Path(folder))
        missed = [failed(script, folder) for script in sorted(HERE.glob("[!_]*.py"))]
    missed += [failed(main.parent) for main in sorted(HERE.glob("*/__main__.py"))]
    return 1 if any(missed) else 0


def unpack(name: str, version: str, folder: Path) -> None:
    subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with tarfile.open(folder / f"{name}-{version}.tgz") as archive:
        archive.extractall(folder / name, filter="data")


def failed(script: Path, *given: str) -> bool:
    print(f"\n{script.stem}", flush=True)
    return subprocess.run([sys.executable, script, *given], check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main())
