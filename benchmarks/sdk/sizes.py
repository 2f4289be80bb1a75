"""Sizes: installed bytes and distributions, and the size of the SDK in the wheel."""

from importlib.metadata import distributions
from pathlib import Path
from zipfile import ZipFile


def find_site_packages(python: Path) -> Path:
    (folder,) = (python.parents[1] / "lib").glob("python3*/site-packages")
    return folder


def measure_installed_bytes(python: Path) -> int:
    return sum(
        file.stat().st_size for file in find_site_packages(python).rglob("*") if file.is_file()
    )


def list_distributions(python: Path) -> set[str]:
    return {found.name.lower() for found in distributions(path=[str(find_site_packages(python))])}


def measure_sdk_bytes(wheel: Path) -> int:
    """Return the compressed size of the SDK in the wheel."""
    with ZipFile(wheel) as archive:
        parts = archive.infolist()
    return sum(part.compress_size for part in parts if part.filename.startswith("imd_sdk/"))
