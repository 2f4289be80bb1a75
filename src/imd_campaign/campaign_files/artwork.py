"""The posters' files: what they are, and copying them to where the server reads them."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from imd_campaign.campaign_files.problems import suggest
from imd_campaign.campaign_files.schemas import FileEntry

MAX_BYTES = 100 * 1024 * 1024
MEDIA_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "pdf": "application/pdf",
}
BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
    "application/pdf": b"%PDF-",
}
SVG = b"<svg"
SVG_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Artwork:
    """A file of a poster, and where the server reads it."""

    poster: str
    name: str
    data: bytes
    target: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def is_published(self) -> bool:
        return self.target.is_file() and self.target.read_bytes() == self.data


def get_media_type(name: str) -> str:
    return MEDIA_TYPES[name.rpartition(".")[2]]


def describe_mismatch(folder: Traversable, entry: FileEntry) -> str | None:
    """Return why a file cannot be used, or None."""
    file = folder / entry.name
    if not file.is_file():
        names = [found.name for found in folder.iterdir()] if folder.is_dir() else []
        return f"there is no file posters/{entry.name}.{suggest(entry.name, names)}"
    media_type = get_media_type(entry.name)
    if entry.purpose == "preview" and media_type == "application/pdf":
        return "a preview must be an image: svg, png, jpg or webp."
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return f"is too large: at most {MAX_BYTES // 1024 // 1024} MiB."
    return None if _is_of_type(data, media_type) else f"posters/{entry.name} is no {media_type}."


def _is_of_type(data: bytes, media_type: str) -> bool:
    if media_type == MEDIA_TYPES["svg"]:
        return SVG in data[:SVG_HEAD_BYTES]
    return data.startswith(BEGINNINGS[media_type])


def publish(artworks: Sequence[Artwork]) -> None:
    """Copy files that differ; a request never sees half of one."""
    written = [
        (_write_beside(artwork), artwork.target) for artwork in artworks if not artwork.is_published
    ]
    for unfinished, target in written:
        unfinished.replace(target)


def _write_beside(artwork: Artwork) -> Path:
    artwork.target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = artwork.target.with_name(f"{artwork.name}.{os.getpid()}.part")
    with unfinished.open("wb") as file:
        file.write(artwork.data)
        file.flush()
        os.fsync(file.fileno())
    return unfinished
