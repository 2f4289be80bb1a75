"""A campaign in memory, to test what you build on the SDK.

::

    from imd_sdk.testing import InMemoryCampaign, TimedOut

    campaign = InMemoryCampaign()
    campaign.fail_next(TimedOut(written=True), on="POST /v1/orders")
    imd = campaign.client()

No sockets, no database, and nothing beyond what the SDK itself needs. It keeps the contract of the
HTTP API, and the project's own tests hold it to the real server. `imd_sdk.testing.plugin` has the
fixture for pytest.
"""

from __future__ import annotations

from imd_sdk.testing.campaign import InMemoryCampaign
from imd_sdk.testing.kit import *

__all__ = [
    "Attendance",
    "Clock",
    "ConnectionRefused",
    "ConnectionReset",
    "CutShort",
    "Fault",
    "InMemoryCampaign",
    "Letter",
    "LoginPage",
    "Ordered",
    "Received",
    "SignedUp",
    "Slow",
    "Submitted",
    "TimedOut",
    "TooManyRequests",
    "Unavailable",
    "Webhook",
    "webhook",
]
