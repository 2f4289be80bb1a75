"""A campaign in memory, for the tests of software that uses the SDK.

::

    from imd_sdk.testing import InMemoryCampaign, TimedOut

    campaign = InMemoryCampaign()
    campaign.fail_next(TimedOut(is_processed=True), on="POST /v1/orders")
    imd = campaign.client()

It needs no sockets, no database and no further dependency. It keeps the contract of the HTTP API;
the project's own tests compare it with the real server. `imd_sdk.testing.plugin` has a fixture
for pytest. A ``repr`` shows nothing personal or secret.
"""

from __future__ import annotations

from imd_sdk.testing.campaign import InMemoryCampaign
from imd_sdk.testing.clock import *
from imd_sdk.testing.faults import *
from imd_sdk.testing.records import *
from imd_sdk.testing.webhooks import *

__all__ = [
    "AttendanceRecord",
    "Clock",
    "ConnectionRefused",
    "ConnectionReset",
    "Email",
    "Fault",
    "InMemoryCampaign",
    "LoginPage",
    "OrderRecord",
    "ReceivedRequest",
    "Rejected",
    "SignatureRecord",
    "SlowResponse",
    "SubmissionRecord",
    "TimedOut",
    "TooManyRequests",
    "TruncatedResponse",
    "Unavailable",
    "Webhook",
    "webhook",
]
