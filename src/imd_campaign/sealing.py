"""Seals data to the public keys of the organisation: any one of its private keys opens it.

A random key encrypts the data, and is sealed once to each public key:
`v2.DATA.FINGERPRINT:KEY.FINGERPRINT:KEY…`, with DATA and KEY in base64. What versions with one
public key have sealed is base64 of a single box, without a prefix.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random

VERSION = "v2"
MAX_KEYS = 8
FINGERPRINT_BYTES = 8


class WrongKey(Exception):  # noqa: N818 the name says what happened
    """None of the private keys opens this; `needed` has the fingerprints of those that do."""

    def __init__(self, needed: Sequence[str]) -> None:
        super().__init__("sealed for another key")
        self.needed = needed


def fingerprint_key(key: PublicKey) -> str:
    """Return a short name of a public key, for people who compare keys."""
    return hashlib.sha256(bytes(key)).hexdigest()[: 2 * FINGERPRINT_BYTES]


def list_fingerprints(keys: Iterable[PublicKey | PrivateKey]) -> list[str]:
    publics = (key.public_key if isinstance(key, PrivateKey) else key for key in keys)
    return [fingerprint_key(key) for key in publics]


def new_key_pair() -> tuple[str, str]:
    """Return the public key for the server and the private key for the organisation to keep."""
    private = PrivateKey.generate()
    return encode(bytes(private.public_key)), encode(bytes(private))


def parse_public_key(text: str) -> PublicKey:
    try:
        return PublicKey(_decode(text))
    except (ValueError, TypeError, CryptoError) as error:
        raise ValueError("must be a 32-byte public key in base64") from error


def parse_public_keys(text: str) -> list[PublicKey]:
    """Parse one key, or several with commas or spaces between them."""
    keys = [parse_public_key(part) for part in re.split(r"[\s,]+", text.strip())]
    if len(set(keys)) < len(keys):
        raise ValueError("has the same public key twice")
    if len(keys) > MAX_KEYS:
        raise ValueError(f"has {len(keys)} public keys; at most {MAX_KEYS} are possible")
    return keys


def parse_private_key(text: str) -> PrivateKey:
    try:
        return PrivateKey(_decode(text.strip()))
    except (ValueError, TypeError, CryptoError) as error:
        raise ValueError("is not a private key: it must be 32 bytes in base64") from error


def format_keys(keys: Iterable[PublicKey]) -> str:
    return ",".join(encode(bytes(key)) for key in keys)


class Sealer:
    """Seals to all public keys of a campaign."""

    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self._boxes = [(fingerprint_key(key), SealedBox(key)) for key in keys]

    def seal(self, data: bytes) -> str:
        content_key = random(SecretBox.KEY_SIZE)
        sealed = encode(bytes(SecretBox(content_key).encrypt(data)))
        keys = [f"{name}:{encode(bytes(box.encrypt(content_key)))}" for name, box in self._boxes]
        return ".".join((VERSION, sealed, *keys))


class Opener:
    """Opens with any of several private keys."""

    def __init__(self, keys: Sequence[PrivateKey]) -> None:
        self.fingerprints = list_fingerprints(keys)
        self._boxes = dict(zip(self.fingerprints, map(SealedBox, keys), strict=True))

    def open(self, sealed: str) -> dict[str, Any]:
        """Return what was sealed; raise WrongKey, or ValueError if it was damaged."""
        version, _, rest = sealed.partition(".")
        data = self._open_envelope(rest) if version == VERSION else self._open_single(sealed)
        opened = json.loads(data)
        if not isinstance(opened, dict):
            raise ValueError("does not hold what a server seals")  # noqa: TRY004 as other damage
        return opened

    def _open_envelope(self, envelope: str) -> bytes:
        data, *keys = envelope.split(".")
        sealed_keys = dict(_split_key(key) for key in keys)
        name = next((name for name in sealed_keys if name in self._boxes), None)
        if name is None:
            raise WrongKey(list(sealed_keys))
        try:
            content_key = self._boxes[name].decrypt(_decode(sealed_keys[name]))
            return SecretBox(content_key).decrypt(_decode(data))
        except CryptoError as error:
            raise ValueError("was damaged, so it cannot be opened") from error

    def _open_single(self, sealed: str) -> bytes:
        data = _decode(sealed)
        for box in self._boxes.values():
            try:
                return bytes(box.decrypt(data))
            except CryptoError:
                continue
        raise WrongKey([])


def to_json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _split_key(text: str) -> tuple[str, str]:
    name, _, key = text.partition(":")
    return name, key


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error
