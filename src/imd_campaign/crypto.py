import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from imd_campaign.sealing import (
    Opener,
    Sealer,
    new_key_pair,
    parse_private_key,
    parse_public_keys,
    to_json,
)

__all__ = ["Vault", "new_key_pair", "open_sealed"]

TOKEN_BYTES = 16
NONCE_BYTES = SecretBox.NONCE_SIZE
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # https://www.crockford.com/base32.html
ID_LENGTH = 26


def new_id(prefix: str) -> str:
    return f"{prefix}_" + choose_letters(ID_ALPHABET, ID_LENGTH)


def choose_letters(alphabet: str, length: int) -> str:
    """Choose letters at random, all equally often, from an alphabet of 32."""
    return "".join(alphabet[byte % len(alphabet)] for byte in secrets.token_bytes(length))


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def open_sealed(sealed: str, *private_keys: str) -> dict[str, Any]:
    return Opener([parse_private_key(key) for key in private_keys]).open(sealed)


def new_mac(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def compute_mac(mac: hmac.HMAC, data: bytes) -> bytes:
    """Return the HMAC of data; unlike `hmac.digest`, it does not wait for other threads."""
    copy = mac.copy()
    copy.update(data)
    return copy.digest()


class Vault:
    """Fingerprints, sealing for the organisation, and encryption for this server."""

    def __init__(self, secret: str, organisation: str) -> None:
        self._secret = secret.encode()
        self.public_keys = parse_public_keys(organisation)
        self._organisation = Sealer(self.public_keys)
        self._macs: dict[str, hmac.HMAC] = {}
        self._own = SecretBox(self._derive_key("box"))

    def fingerprint(self, purpose: str, value: str | bytes) -> bytes:
        data = value.encode() if isinstance(value, str) else value
        return compute_mac(self._get_mac(purpose), data)

    def seal(self, values: Mapping[str, Any]) -> str:
        return self._organisation.seal(to_json(values))

    def encrypt(self, values: Mapping[str, Any]) -> bytes:
        return bytes(self._own.encrypt(to_json(values)))

    def decrypt(self, ciphertext: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self._own.decrypt(ciphertext))
        return opened

    def can_decrypt(self, ciphertext: bytes) -> bool:
        try:
            self._own.decrypt(ciphertext)
        except (CryptoError, ValueError):
            return False
        return True

    def encrypt_bound(self, data: bytes, bound_to: str) -> bytes:
        """Encrypt for a purpose, so that equal data for one purpose gives equal ciphertext."""
        return bytes(self._own.encrypt(data, self._nonce(data, bound_to)))

    def decrypt_bound(self, ciphertext: bytes, bound_to: str) -> bytes:
        try:
            data = self._own.decrypt(ciphertext)
        except CryptoError as error:
            raise ValueError("was not encrypted by this server") from error
        if not hmac.compare_digest(ciphertext[:NONCE_BYTES], self._nonce(data, bound_to)):
            raise ValueError("was encrypted for another purpose")
        return data

    def _nonce(self, data: bytes, bound_to: str) -> bytes:
        key = self._derive_key(f"nonce/{bound_to}")
        return hmac.digest(key, data, "sha256")[:NONCE_BYTES]

    def _get_mac(self, purpose: str) -> hmac.HMAC:
        mac = self._macs.get(purpose)
        if mac is None:
            mac = self._macs[purpose] = new_mac(self._derive_key(purpose))
        return mac

    def _derive_key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"imd-campaign/{purpose}".encode(), "sha256")


def encode_for_urls(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_from_url(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_for_urls(data) != text:
        raise ValueError("is not in canonical base64")
    return data


def compute_digest(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
