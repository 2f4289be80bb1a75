"""Encrypts a file for the organisation, in chunks; a chunk that is missing is noticed.

The key of a file is random. It is sealed for each public key of the organisation, so that the
server that writes a backup cannot read it later: the file begins with their number and these keys.
"""

import io
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

from nacl import bindings
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES as TAG_BYTES,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_HEADERBYTES as HEADER_BYTES,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_FINAL as FINAL,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as MESSAGE,
)
from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox

from imd_campaign.backup.errors import BackupFailed
from imd_campaign.sealing import parse_private_key

MAGIC = b"imd-campaign encrypted backup 1\n"
CHUNK_BYTES = 64 * 1024
KEY_BYTES = bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES
SEALED_KEY_BYTES = KEY_BYTES + bindings.crypto_box_SEALBYTES

INCOMPLETE = "the backup is incomplete or damaged; use another one"
WRONG_KEY = "the private key does not open this backup: it was encrypted for another one"
INVALID_KEY = "the file does not contain a private key: 32 bytes in base64"


def new_key() -> bytes:
    return bindings.crypto_secretstream_xchacha20poly1305_keygen()


def read_sealed_keys(file: BinaryIO) -> Sequence[bytes]:
    number = read_exactly(file, 1)[0]
    return [read_exactly(file, SEALED_KEY_BYTES) for _ in range(number)]


def open_key(sealed_keys: Sequence[bytes], private_key: str) -> bytes:
    try:
        box = SealedBox(parse_private_key(private_key))
    except ValueError:
        raise BackupFailed(INVALID_KEY) from None
    for sealed_key in sealed_keys:
        with suppress(CryptoError):
            return box.decrypt(sealed_key)
    raise BackupFailed(WRONG_KEY)


class EncryptingWriter(io.RawIOBase):
    """Encrypts what is written to it; `close` writes the end, and leaves the file open."""

    def __init__(self, file: BinaryIO, key: bytes, public_keys: Sequence[PublicKey]) -> None:
        self._file, self._waiting = file, bytearray()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        sealed_keys = [SealedBox(public_key).encrypt(key) for public_key in public_keys]
        file.write(b"".join((MAGIC, bytes([len(sealed_keys)]), *sealed_keys, header)))

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._push(self._waiting[:CHUNK_BYTES], MESSAGE)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._push(self._waiting, FINAL)
        super().close()

    def _push(self, chunk: bytearray, tag: int) -> None:
        encrypted = bindings.crypto_secretstream_xchacha20poly1305_push(
            self._state, bytes(chunk), tag=tag
        )
        self._file.write(encrypted)


class DecryptingReader(io.RawIOBase):
    """Decrypts a file after its sealed key, and fails if its end is missing."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._waiting, self._is_over = file, b"", False
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = read_exactly(file, HEADER_BYTES)
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._waiting and not self._is_over:
            self._waiting = self._pull()
        part = self._waiting[: len(buffer)]
        buffer[: len(part)] = part
        self._waiting = self._waiting[len(part) :]
        return len(part)

    def _pull(self) -> bytes:
        encrypted = self._file.read(CHUNK_BYTES + TAG_BYTES)
        try:
            chunk, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(self._state, encrypted)
        except (CryptoError, ValueError):
            raise BackupFailed(INCOMPLETE) from None
        self._is_over = tag == FINAL
        return chunk


def read_exactly(file: BinaryIO, number: int) -> bytes:
    data = file.read(number)
    if len(data) < number:
        raise BackupFailed(INCOMPLETE)
    return data
