"""Check that a webhook of a campaign is genuine, and make your own for tests.

To subscribe to webhooks, use ``client.webhooks``.

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
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
"""Limits of the specification."""


class InvalidWebhook(ValueError):
    """The request is not a genuine, recent webhook; respond with 400 and ignore it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose signature is valid."""

    id: str
    """The same for every delivery attempt: store it, and ignore a webhook that has a stored id."""
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
    """Verify and parse a webhook; raises `InvalidWebhook`.

    ``body`` is the request body as received, before any parsing. ``secret`` is your ``whsec_…``,
    or several of them while you replace one. ``tolerance`` is the number of seconds that its time
    may differ from yours (``now``, in Unix time), which prevents replays of old webhooks.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    delivery, stamp = lowered.get("webhook-id"), lowered.get("webhook-timestamp")
    signatures = lowered.get("webhook-signature")
    if not delivery or not stamp or not signatures:
        raise InvalidWebhook("webhook-id, webhook-timestamp or webhook-signature is missing")
    sent = _check_time(stamp, time.time() if now is None else now, tolerance)
    keys = [secret] if isinstance(secret, str) else secret
    expected = [_signature(key, delivery, stamp, body) for key in keys]
    if not _any_matches(expected, signatures.split(" ")):
        raise InvalidWebhook("no signature matches")
    return Delivery(delivery, sent, _payload(body))


def sign(
    body: bytes, secret: str, *, delivery_id: str | None = None, at: float | None = None
) -> dict[str, str]:
    """Create the three headers of a webhook, to test your handler.

    ``at`` is its Unix time, by default now; ``delivery_id`` is random by default.
    """
    delivery = delivery_id or f"msg_{secrets.token_hex(12)}"
    stamp = str(int(time.time() if at is None else at))
    return {
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": _signature(secret, delivery, stamp, body),
    }


def new_secret() -> str:
    """Create a secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _check_time(stamp: str, now: float, tolerance: float) -> datetime:
    if not re.fullmatch("[0-9]{1,12}", stamp) or abs(now - int(stamp)) > tolerance:
        raise InvalidWebhook("its time is too far in the past or the future")
    return datetime.fromtimestamp(int(stamp), UTC)


def _any_matches(expected: list[str], signatures: list[str]) -> bool:
    """Compare all pairs in constant time: no early exit reveals which one matches."""
    matches = 0
    for one in expected:
        for other in signatures:
            matches += hmac.compare_digest(one.encode(), other.encode(errors="replace"))
    return matches > 0


def _signature(secret: str, delivery: str, stamp: str, body: bytes) -> str:
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError("body must be the bytes of the request, before any parsing")
    signed = f"{delivery}.{stamp}.".encode(errors="replace") + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError("a webhook secret must be whsec_ followed by 24 to 64 bytes in base64")
    return key


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise InvalidWebhook("the body is not a JSON object")
    return payload
