"""Signed webhook deliveries, to test a handler."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imd_sdk.webhooks import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Webhook", "webhook"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed webhook delivery, for your handler."""

    body: bytes = field(repr=False)
    headers: dict[str, str]
    """Content-Type and the three headers that `imd_sdk.webhooks.verify` reads."""


def webhook(
    kind: str,
    data: Mapping[str, Any] | None = None,
    *,
    secret: str,
    delivery_id: str | None = None,
    at: float | None = None,
) -> Webhook:
    """Create a signed delivery with a ``type``, a ``timestamp`` and ``data``.

    Use the same ``delivery_id`` twice to test that the second delivery does nothing, and an old
    ``at`` (Unix time) to test that it is rejected.
    """
    sent = time.time() if at is None else at
    payload = {
        "type": kind,
        "timestamp": datetime.fromtimestamp(sent, UTC).isoformat(),
        "data": dict(data or {}),
    }
    body = json.dumps(payload).encode()
    headers = sign(body, secret, delivery_id=delivery_id, at=sent)
    return Webhook(body, {"content-type": "application/json", **headers})
