"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes."""

import base64
import secrets
from collections.abc import Sequence
from hmac import compare_digest

from pyotp.totp import TOTP

from imd_campaign.context import Context
from imd_campaign.crypto import choose_letters
from imd_campaign.db import Connection
from imd_campaign.staff import store

ISSUER = "International Migrants Day"
PERIOD = 30
DRIFT = 1
"""How many periods a phone's clock may be off."""
SECRET_BYTES = 20
CODE_LENGTH = 6
NONCE_BYTES = 16
RECOVERY_CODES = 10
RECOVERY_LENGTH = 12
RECOVERY_GROUP = 4
RECOVERY_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})


def new_nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)


def derive_secret(context: Context, owner: str, nonce: str) -> str:
    """Derive the secret of an app from what a form repeats, so that nothing is stored until then.

    Only this server can; and a nonce gives another secret for each account or invitation.
    """
    digest = context.vault.fingerprint("staff authenticator", f"{owner}/{nonce}")
    return base64.b32encode(digest[:SECRET_BYTES]).decode()


def make_uri(secret: str, name: str) -> str:
    """Return what the app reads from the QR code; the name is shown in the app."""
    return TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def find_step(context: Context, secret: str, code: str) -> int | None:
    """Return the period of a correct code: later codes belong to later periods."""
    typed = "".join(code.split())
    if len(typed) != CODE_LENGTH or not typed.isascii() or not typed.isdigit():
        return None
    now = int(context.now().timestamp()) // PERIOD
    totp, found = TOTP(secret, interval=PERIOD), None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if compare_digest(totp.at(step * PERIOD), typed):
            found = step
    return found


def use_code(
    context: Context, connection: Connection, account_id: str, secret: str, code: str
) -> bool:
    """Accept a code of the app, or a recovery code, once."""
    step = find_step(context, secret, code)
    if step is not None:
        return store.use_totp_step(connection, account_id, step)
    digest = _digest_recovery_code(context, code)
    return digest is not None and store.use_recovery_code(connection, account_id, digest)


def replace_recovery_codes(
    context: Context, connection: Connection, account_id: str
) -> Sequence[str]:
    """Make new recovery codes, which are shown once; the earlier ones no longer work."""
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    digests = [_digest_recovery_code(context, code) or b"" for code in codes]
    store.replace_recovery_codes(connection, account_id, digests)
    return codes


def _new_recovery_code() -> str:
    letters = choose_letters(RECOVERY_ALPHABET, RECOVERY_LENGTH)
    starts = range(0, RECOVERY_LENGTH, RECOVERY_GROUP)
    return "-".join(letters[start : start + RECOVERY_GROUP] for start in starts)


def _digest_recovery_code(context: Context, code: str) -> bytes | None:
    """Return a keyed digest, which nobody can compute without the server's secret."""
    plain = "".join(code.replace("-", "").split()).lower().translate(LOOKALIKES)
    if len(plain) != RECOVERY_LENGTH or not set(plain) <= set(RECOVERY_ALPHABET):
        return None
    return context.vault.fingerprint("staff recovery code", plain)
