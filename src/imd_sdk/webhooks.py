"""Check that a webhook of a campaign is genuine, and make your own for tests.

The campaign server of this project sends none yet.

Follows the Standard Webhooks specification, version 1, with its symmetric signature ``v1``:
HMAC-SHA256 over ``id.timestamp.body``. https://www.standardwebhooks.com/
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Delivery", "InvalidWebhook", "new_secret", "sign", "verify"]

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, as the specification has them."""


class InvalidWebhook(ValueError):
    """What came is not a genuine, timely webhook; answer 400 and do nothing with it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that is what it claims to be."""

    id: str
    """The same for every attempt to deliver it: keep it, and do nothing the second time."""
    sent_at: datetime
    payload: dict[str, Any] = field(repr=False)


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Iterable[str],
    *,
    tolerance: float = 300.0,
    now: float | None = None,
) -> Delivery:
    """Check a webhook, and read it; raises `InvalidWebhook`.

    ``body`` is what came over the wire, byte for byte, before any parsing. ``secret`` is the
    ``whsec_…`` that you were given, or several while you change from one to the next.
    ``tolerance`` is how many seconds its clock may differ from yours (``now``, in Unix time), so
    that nobody can send an old one again.
    """
    said = {name.lower(): value for name, value in headers.items()}
    delivery, stamp = said.get("webhook-id"), said.get("webhook-timestamp")
    given = said.get("webhook-signature")
    if not delivery or not stamp or not given:
        raise InvalidWebhook("webhook-id, webhook-timestamp or webhook-signature is missing")
    sent = _timely(stamp, time.time() if now is None else now, tolerance)
    keys = [secret] if isinstance(secret, str) else secret
    wanted = [_signature(key, delivery, stamp, body) for key in keys]
    if not _any_matches(wanted, given.split(" ")):
        raise InvalidWebhook("no signature fits")
    return Delivery(delivery, sent, _payload(body))


def sign(
    body: bytes, secret: str, *, delivery_id: str | None = None, at: float | None = None
) -> dict[str, str]:
    """Make the three headers of a webhook, to test your own handler.

    ``at`` is its Unix time, now when it is not given; ``delivery_id`` is made when it is not given.
    """
    delivery = delivery_id or f"msg_{secrets.token_hex(12)}"
    stamp = str(int(time.time() if at is None else at))
    return {
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": _signature(secret, delivery, stamp, body),
    }


def new_secret() -> str:
    """Make a secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _timely(stamp: str, now: float, tolerance: float) -> datetime:
    if not re.fullmatch("[0-9]{1,12}", stamp) or abs(now - int(stamp)) > tolerance:
        raise InvalidWebhook("it was sent too long ago, or is ahead of its time")
    return datetime.fromtimestamp(int(stamp), UTC)


def _any_matches(wanted: list[str], given: list[str]) -> bool:
    """Compare all with all, in a time that tells nothing (every signature, no early end)."""
    matches = 0
    for one in wanted:
        for other in given:
            matches += hmac.compare_digest(one.encode(), other.encode(errors="replace"))
    return matches > 0


def _signature(secret: str, delivery: str, stamp: str, body: bytes) -> str:
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError("body must be the bytes that came over the wire, before any parsing")
    signed = f"{delivery}.{stamp}.".encode(errors="replace") + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError("a webhook secret is whsec_ and 24 to 64 bytes in base64")
    return key


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise InvalidWebhook("the body is not a JSON object")
    return payload
