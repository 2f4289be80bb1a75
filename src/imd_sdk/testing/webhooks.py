"""Webhooks as a campaign would send them, for tests of your handler."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any

from imd_sdk.webhooks import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Webhook", "webhook"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """What your handler is called with."""

    body: bytes = field(repr=False)
    headers: dict[str, str]
    """Content-Type and the three that `imd_sdk.webhooks.verify` reads."""


def webhook(
    kind: str,
    data: Mapping[str, Any] | None = None,
    *,
    secret: str,
    delivery_id: str | None = None,
    at: float | None = None,
) -> Webhook:
    """Make a signed delivery: a ``type``, a ``timestamp`` and the ``data``.

    Give two the same ``delivery_id`` to test that the second does nothing, and an ``at`` (Unix
    time) long ago to test that it is refused.
    """
    sent = time() if at is None else at
    said = {
        "type": kind,
        "timestamp": datetime.fromtimestamp(sent, UTC).isoformat(),
        "data": dict(data or {}),
    }
    body = json.dumps(said).encode()
    headers = sign(body, secret, delivery_id=delivery_id, at=sent)
    return Webhook(body, {"content-type": "application/json", **headers})
