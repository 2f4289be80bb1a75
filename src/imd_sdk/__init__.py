"""The typed client of the campaign around International Migrants Day, 18 December.

::

    from imd_sdk import Client

    with Client("https://campaign.example") as campaign:
        print(campaign.petitions.count("convention").total)

`Client` blocks, `AsyncClient` is awaited; apart from that they are the same. What goes wrong is
drawn in `imd_sdk.errors`, what comes back in `imd_sdk.models`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imd_sdk._version import __version__

if TYPE_CHECKING:
    from imd_sdk._answers import AsyncPager, Downloaded, Pager, Response
    from imd_sdk.client import AsyncClient, Client
    from imd_sdk.errors import *

__all__ = [
    "AlreadyDecided",
    "AsyncClient",
    "AsyncPager",
    "Client",
    "ConfirmationExpired",
    "Conflict",
    "DeadlineExceeded",
    "Downloaded",
    "EventClosed",
    "FieldError",
    "Forbidden",
    "Gone",
    "IdempotencyInFlight",
    "IdempotencyKeyReused",
    "ImdError",
    "InvalidRequest",
    "NotAnsweredInTime",
    "NotFound",
    "NotSent",
    "NotSentInTime",
    "OutcomeUnknown",
    "Pager",
    "PetitionClosed",
    "Problem",
    "RateLimited",
    "Refused",
    "ReservationExpired",
    "Response",
    "ServerError",
    "SoldOut",
    "Unauthorized",
    "UnexpectedResponse",
    "__version__",
]

_ELSEWHERE = {
    "AsyncClient": "client",
    "AsyncPager": "_answers",
    "Client": "client",
    "Downloaded": "_answers",
    "Pager": "_answers",
    "Response": "_answers",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no more (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_ELSEWHERE.get(name, 'errors')}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
