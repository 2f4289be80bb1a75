from typing import Annotated, Literal

from pydantic import BaseModel, Field

Proof = Annotated[str | None, Field(repr=False)]
"""A solved challenge; an invalid one counts as none."""


class ChallengeParameters(BaseModel):
    """In the names of ALTCHA: https://altcha.org/docs/v2/"""

    algorithm: Literal["PBKDF2/SHA-256"]
    cost: int
    keyLength: int  # noqa: N815 ALTCHA's name
    keyPrefix: str  # noqa: N815
    keySignature: str  # noqa: N815
    nonce: str
    salt: str
    expiresAt: int  # noqa: N815


class Challenge(BaseModel):
    parameters: ChallengeParameters
    signature: str


class OfferedChallenge(BaseModel):
    challenge: Challenge | None
    """None while the network is quiet: no proof is needed."""
