"""The file of a backup: a tar archive, compressed with gzip, and optionally encrypted.

Its first two entries are the manifest and its signature; what follows is checked against them while
it is read, and nothing else is accepted.
"""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from imd_campaign.backup import manifest as manifests
from imd_campaign.backup.encryption import (
    INCOMPLETE,
    MAGIC,
    DecryptingReader,
    EncryptingWriter,
    open_key,
    read_sealed_keys,
)
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.backup.manifest import Entry, Manifest
from imd_campaign.crypto import Vault

Unlock = Callable[[Sequence[bytes]], bytes]
"""Returns the key of an encrypted file from its sealed keys."""

MANIFEST, SIGNATURE = "manifest.json", "manifest.hmac"
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
MAX_HEADER_BYTES = 4096
BLOCK_BYTES = 1024 * 1024
COMPRESSION = 6

NO_BACKUP = "the file is not a backup that this software has made"
NEEDS_KEY = "the backup is encrypted for the organisation: add --private-key FILE"
CHANGED = "{name} in the backup is not what its manifest says, so it is damaged; use another one"


def unlock_with(private_key: str | None) -> Unlock:
    def unlock(sealed_keys: Sequence[bytes]) -> bytes:
        if private_key is None:
            raise BackupFailed(NEEDS_KEY)
        return open_key(sealed_keys, private_key)

    return unlock


def describe_file(name: str, path: Path) -> Entry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Entry(name=name, bytes=path.stat().st_size, sha256=digest)


# --- writing -------------------------------------------------------------------------------------


def write(
    file: BinaryIO,
    vault: Vault,
    manifest: Manifest,
    folder: Path,
    key: bytes | None,
) -> None:
    """Write an archive; it is encrypted if there is a key."""
    text = manifest.model_dump_json(indent=1).encode()
    with _encrypt(file, vault, key) as opened, _compress(opened) as archive:
        _add(archive, MANIFEST, len(text), io.BytesIO(text))
        signature = manifests.sign(vault, text)
        _add(archive, SIGNATURE, len(signature), io.BytesIO(signature))
        for entry in manifest.entries:
            with (folder / entry.name).open("rb") as content:
                _add(archive, entry.name, entry.bytes, content)


@contextmanager
def _encrypt(file: BinaryIO, vault: Vault, key: bytes | None) -> Iterator[IO[bytes]]:
    if key is None:
        yield file
        return
    with EncryptingWriter(file, key, vault.public_keys) as writer:
        yield writer  # type: ignore[misc]


@contextmanager
def _compress(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as archive,
    ):
        yield archive


def _add(archive: tarfile.TarFile, name: str, size: int, content: BinaryIO) -> None:
    described = tarfile.TarInfo(name)
    described.size, described.mode = size, 0o600
    archive.addfile(described, content)


# --- reading -------------------------------------------------------------------------------------


def extract(file: Path, folder: Path, vault: Vault, unlock: Unlock) -> Manifest:
    """Write everything in an archive into a folder, and check each byte of it."""
    try:
        with file.open("rb") as opened, _open(opened, unlock) as archive:
            return _extract(archive, folder, vault)
    except FileNotFoundError:
        raise BackupFailed(f"there is no file {file}") from None
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error):
        raise BackupFailed(NO_BACKUP) from None
    except EOFError:
        raise BackupFailed(INCOMPLETE) from None


class _Member(tarfile.TarInfo):
    """A member whose long name is not read if it could fill the memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if not self.isreg() and self.size > MAX_HEADER_BYTES:
            raise tarfile.ReadError("a header is too large")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


@contextmanager
def _open(file: BinaryIO, unlock: Unlock) -> Iterator[tarfile.TarFile]:
    with (
        gzip.GzipFile(fileobj=_decrypt(file, unlock), mode="rb") as unpacked,
        tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_Member) as archive,
    ):
        yield archive
        _require_end(unpacked)


def _require_end(unpacked: gzip.GzipFile) -> None:
    """Read the padding at the end, so that the checksum of the compressed file is checked too."""
    rest = unpacked.read(tarfile.RECORDSIZE + 1)
    if len(rest) > tarfile.RECORDSIZE or any(rest):
        raise BackupFailed(NO_BACKUP)


def _decrypt(file: BinaryIO, unlock: Unlock) -> IO[bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        file.seek(0)
        return file
    key = unlock(read_sealed_keys(file))
    return io.BufferedReader(DecryptingReader(file, key))  # type: ignore[type-var]


def _extract(archive: tarfile.TarFile, folder: Path, vault: Vault) -> Manifest:
    text = _read_text(archive, MANIFEST)
    manifest = manifests.read_signed(vault, text, _read_text(archive, SIGNATURE))
    for entry in manifest.entries:
        path = folder / entry.name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _extract_entry(_open_next(archive, entry.name), path, entry)
    if archive.next() is not None:
        raise BackupFailed(NO_BACKUP)
    return manifest


def _read_text(archive: tarfile.TarFile, name: str) -> bytes:
    return _open_next(archive, name).read(MAX_MANIFEST_BYTES)


def _open_next(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    described = archive.next()
    if described is None:
        raise BackupFailed(INCOMPLETE)
    content = archive.extractfile(described) if described.isreg() else None
    if described.name != name or content is None:
        raise BackupFailed(NO_BACKUP)
    return content


def _extract_entry(content: IO[bytes], path: Path, entry: Entry) -> None:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        while block := content.read(BLOCK_BYTES):
            size += len(block)
            if size > entry.bytes:
                break
            digest.update(block)
            file.write(block)
    if (size, digest.hexdigest()) != (entry.bytes, entry.sha256):
        raise BackupFailed(CHANGED.format(name=entry.name))
