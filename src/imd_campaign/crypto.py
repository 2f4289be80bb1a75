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


def _derive_key(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"imd-campaign/{purpose}".encode(), "sha256")


class _Cipher:
    """Encryption with keys that are derived from one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._box = SecretBox(_derive_key(self._secret, "box"))
        self.check = _derive_key(self._secret, "encryption-check")
        """Recognises the secret without telling it."""

    def encrypt(self, data: bytes) -> bytes:
        return bytes(self._box.encrypt(data))

    def decrypt(self, ciphertext: bytes) -> bytes:
        return bytes(self._box.decrypt(ciphertext))

    def encrypt_bound(self, data: bytes, bound_to: str) -> bytes:
        return bytes(self._box.encrypt(data, self._make_nonce(data, bound_to)))

    def is_bound(self, ciphertext: bytes, data: bytes, bound_to: str) -> bool:
        nonce = self._make_nonce(data, bound_to)
        return hmac.compare_digest(ciphertext[:NONCE_BYTES], nonce)

    def _make_nonce(self, data: bytes, bound_to: str) -> bytes:
        key = _derive_key(self._secret, f"nonce/{bound_to}")
        return hmac.digest(key, data, "sha256")[:NONCE_BYTES]


class Vault:
    """Fingerprints, sealing for the organisation, and encryption for this server.

    Fingerprints come from `secret`, which never changes. `encryption` replaces it for encryption,
    and `previous` is the secret before that one, for what is still encrypted with it.
    """

    def __init__(
        self,
        secret: str,
        organisation: str,
        *,
        encryption: str | None = None,
        previous: str | None = None,
    ) -> None:
        self._secret = secret.encode()
        self.public_keys = parse_public_keys(organisation)
        self._organisation = Sealer(self.public_keys)
        self._macs: dict[str, hmac.HMAC] = {}
        self._cipher = _Cipher(encryption or secret)
        self._previous = _Cipher(previous) if previous else None
        self.first_encryption_check = _Cipher(secret).check

    @property
    def encryption_check(self) -> bytes:
        return self._cipher.check

    @property
    def previous_encryption_check(self) -> bytes | None:
        return self._previous.check if self._previous else None

    def fingerprint(self, purpose: str, value: str | bytes) -> bytes:
        data = value.encode() if isinstance(value, str) else value
        return compute_mac(self._get_mac(purpose), data)

    def seal(self, values: Mapping[str, Any]) -> str:
        return self._organisation.seal(to_json(values))

    def encrypt(self, values: Mapping[str, Any]) -> bytes:
        return self._cipher.encrypt(to_json(values))

    def decrypt(self, ciphertext: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self._open(ciphertext)[0])
        return opened

    def can_decrypt(self, ciphertext: bytes) -> bool:
        try:
            self._open(ciphertext)
        except (CryptoError, ValueError):
            return False
        return True

    def encrypt_bound(self, data: bytes, bound_to: str) -> bytes:
        """Encrypt for a purpose, so that equal data for one purpose gives equal ciphertext."""
        return self._cipher.encrypt_bound(data, bound_to)

    def decrypt_bound(self, ciphertext: bytes, bound_to: str) -> bytes:
        try:
            data, cipher = self._open(ciphertext)
        except CryptoError as error:
            raise ValueError("was not encrypted by this server") from error
        if not cipher.is_bound(ciphertext, data, bound_to):
            raise ValueError("was encrypted for another purpose")
        return data

    def reencrypt(self, ciphertext: bytes, bound_to: str | None = None) -> bytes | None:
        """Encrypt with the present secret; return None if the ciphertext already is."""
        data, cipher = self._open(ciphertext)
        if cipher is self._cipher:
            return None
        if bound_to is None:
            return self._cipher.encrypt(data)
        return self._cipher.encrypt_bound(data, bound_to)

    def _open(self, ciphertext: bytes) -> tuple[bytes, _Cipher]:
        try:
            return self._cipher.decrypt(ciphertext), self._cipher
        except CryptoError:
            if self._previous is None:
                raise
        return self._previous.decrypt(ciphertext), self._previous

    def _get_mac(self, purpose: str) -> hmac.HMAC:
        mac = self._macs.get(purpose)
        if mac is None:
            mac = self._macs[purpose] = new_mac(_derive_key(self._secret, purpose))
        return mac


def encode_for_urls(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_from_url(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_for_urls(data) != text:
        raise ValueError("is not in canonical base64")
    return data


def compute_digest(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
