"""Signatures of requests by the Standard Webhooks specification, version 1.

HMAC-SHA256 over `id.timestamp.body`: https://www.standardwebhooks.com/
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping

from imd_campaign.errors import InvalidSignature

PREFIX = "whsec_"
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
TOLERANCE = 300
MESSAGE_ID = re.compile(r"[!-~]{1,128}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")


def decode_secret(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError("must be whsec_ followed by 24 to 64 bytes in base64")
    return key


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> str:
    """Return the ID of a message that is genuine and at most five minutes old."""
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not MESSAGE_ID.fullmatch(message_id) or not TIMESTAMP.fullmatch(sent_at):
        raise InvalidSignature
    if abs(now - int(sent_at)) > TOLERANCE:
        raise InvalidSignature
    expected = sign(message_id, sent_at, body, secret).encode()
    signatures = headers.get("webhook-signature", "").encode().split(b" ")
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise InvalidSignature
    return message_id


def sign(message_id: str, sent_at: str, body: bytes, secret: str) -> str:
    signed = f"{message_id}.{sent_at}.".encode() + body
    digest = hmac.digest(decode_secret(secret), signed, "sha256")
    return "v1," + base64.b64encode(digest).decode()
