"""Passwords of staff: Argon2id (RFC 9106), and what a password must be."""

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from imd_campaign.context import Context
from imd_campaign.staff.errors import InvalidField

MIN_LENGTH, MAX_LENGTH = 12, 200
PASSES, LANES = 3, 1
# Each takes the memory of the setting, 64 MiB by default.
_hashing = BoundedSemaphore(2)

TOO_SHORT, TOO_LONG, TOO_SIMPLE = "too-short", "too-long", "too-simple"
MIN_CHARACTERS = 5
# Those of at least twelve characters with which lists of leaked passwords begin.
SIMPLE = {
    *("123456789012", "1234567890123", "12345678901234", "123456789012345", "1234567890123456"),
    *("qwertyuiop12", "qwertyuiop123", "qwertyuiop1234", "qwerty123456", "qwerty1234567"),
    *("1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc", "q1w2e3r4t5y6", "zaq12wsxcde3"),
    *("password1234", "password12345", "password123456", "passwordpassword", "changeme1234"),
    *("administrator", "administrator1", "welcome12345", "letmein12345", "iloveyou1234"),
    *("abc123456789", "abcdefghijkl", "abcdefghijklm", "migrantsday2026"),
}


def check(password: str, *known: str) -> None:
    """Accept any long password that is not a person's own address or name, or one repeated letter.

    https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
    """
    if len(password) < MIN_LENGTH:
        raise InvalidField("password", TOO_SHORT)
    if len(password) > MAX_LENGTH:
        raise InvalidField("password", TOO_LONG)
    plain = password.casefold()
    is_known = any(plain == word.casefold() for word in known if word)
    if is_known or len(set(plain)) < MIN_CHARACTERS or plain in SIMPLE:
        raise InvalidField("password", TOO_SIMPLE)


def hash_password(context: Context, password: str) -> str:
    with _hashing:
        return _get_hasher(context).hash(password)


def is_correct(context: Context, hashed: str | None, password: str) -> bool:
    """Compare a password; without an account, take the time of a comparison all the same."""
    with _hashing:
        hasher = _get_hasher(context)
        dummy = _make_dummy(hasher.memory_cost)
        try:
            hasher.verify(hashed or dummy, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(hashed)


def _get_hasher(context: Context) -> PasswordHasher:
    return _make_hasher(context.settings.staff_hash_memory)


@cache
def _make_hasher(memory: int) -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=memory, parallelism=LANES)


@cache
def _make_dummy(memory: int) -> str:
    return _make_hasher(memory).hash(secrets.token_urlsafe())
