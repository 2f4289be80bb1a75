"""Proofs of work (ALTCHA, version 2): they buy priority, never admission.

The browser derives keys with PBKDF2 until one has the prefix that the server has chosen. A
challenge is signed and not stored; only that it was used is.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from altcha import Payload, create_challenge, verify_solution

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest
from imd_campaign.proofs.schemas import Challenge

ALGORITHM = "PBKDF2/SHA-256"
COST = 2000
"""Iterations for one attempt: about a millisecond, for the server too."""
ATTEMPTS = range(100, 300)
"""How many attempts a browser needs: a third of a second, on an old phone four seconds."""
LIFETIME = timedelta(hours=1)
MAX_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class SolvedChallenge:
    digest: bytes
    expires_at: datetime


def make_challenge(context: Context) -> Challenge:
    challenge = create_challenge(
        ALGORITHM,
        COST,
        counter=secrets.choice(ATTEMPTS),
        expires_at=int(time.time() + LIFETIME.total_seconds()),
        hmac_secret=_get_key(context, "challenge"),
        hmac_key_secret=_get_key(context, "challenge solution"),
    )
    return Challenge.model_validate(challenge.to_dict())


def read_proof(context: Context, proof: str | None) -> SolvedChallenge | None:
    """Return the solved challenge of a proof; None if there is none or if it is invalid."""
    if not proof or len(proof) > MAX_LENGTH:
        return None
    try:
        payload = Payload.from_base64(proof)
        expires_at = datetime.fromtimestamp(payload.challenge.parameters.expires_at or 0, UTC)
        result = verify_solution(
            payload,
            _get_key(context, "challenge"),
            hmac_key_secret=_get_key(context, "challenge solution"),
        )
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        OSError,
        RecursionError,
    ):
        return None
    signature = payload.challenge.signature
    if not result.verified or signature is None:
        return None
    return SolvedChallenge(compute_digest(signature), expires_at)


def _get_key(context: Context, purpose: str) -> bytes:
    return context.vault.fingerprint(purpose, "")
