"""Sizes: installed bytes and distributions, and the size of the SDK in the wheel."""

from importlib.metadata import distributions
from pathlib import Path
from zipfile import ZipFile


def site_packages(python: Path) -> Path:
    (folder,) = (python.parents[1] / "lib").glob("python3*/site-packages")
    return folder


def installed_bytes(python: Path) -> int:
    return sum(file.stat().st_size for file in site_packages(python).rglob("*") if file.is_file())


def installed_names(python: Path) -> set[str]:
    return {found.name.lower() for found in distributions(path=[str(site_packages(python))])}


def sdk_bytes(wheel: Path) -> int:
    """Return the compressed size of the SDK in the wheel."""
    with ZipFile(wheel) as archive:
        parts = archive.infolist()
    return sum(part.compress_size for part in parts if part.filename.startswith("imd_sdk/"))
