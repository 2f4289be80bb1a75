"""A typed client for campaigns around International Migrants Day, 18 December.

::

    from imd_sdk import Client

    with Client("https://campaign.example") as campaign:
        print(campaign.petitions.count("convention").total)

`Client` blocks and `AsyncClient` is awaited; otherwise they are the same. `imd_sdk.errors` has the
tree of errors, `imd_sdk.models` the models that the methods return.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imd_sdk._version import __version__

if TYPE_CHECKING:
    from imd_sdk import bulk as bulk
    from imd_sdk import cache as cache
    from imd_sdk import errors as errors
    from imd_sdk import hooks as hooks
    from imd_sdk import models as models
    from imd_sdk import options as options
    from imd_sdk import testing as testing
    from imd_sdk import webhooks as webhooks
    from imd_sdk._download import DownloadedFile
    from imd_sdk._paging import AsyncPager, Pager
    from imd_sdk._response import Response
    from imd_sdk.client import AsyncClient, Client
    from imd_sdk.errors import *

__all__ = [
    "AlreadyDecided",
    "AsyncClient",
    "AsyncPager",
    "CampaignClosed",
    "Client",
    "ConfirmationExpired",
    "Conflict",
    "DeadlineExceeded",
    "DownloadedFile",
    "EventClosed",
    "FieldError",
    "Forbidden",
    "Gone",
    "IdempotencyInFlight",
    "IdempotencyKeyReused",
    "ImdError",
    "InvalidRequest",
    "NoResponseInTime",
    "NotFound",
    "NotSent",
    "NotSentInTime",
    "OrderLimitReached",
    "OutcomeUnknown",
    "Pager",
    "PersonalLinkExpired",
    "PetitionClosed",
    "Problem",
    "RateLimited",
    "ReservationExpired",
    "Response",
    "ServerError",
    "SoldOut",
    "StatusError",
    "Unauthorized",
    "UnexpectedResponse",
    "__version__",
]

_MODULES = {"bulk", "cache", "errors", "hooks", "models", "options", "testing", "webhooks"}
_NAMES = {
    "AsyncClient": "client",
    "AsyncPager": "_paging",
    "Client": "client",
    "DownloadedFile": "_download",
    "Pager": "_paging",
    "Response": "_response",
}

if not TYPE_CHECKING:  # to a type checker, any name would exist

    def __getattr__(name: str) -> Any:
        """Import a name or a module when it is first used (PEP 562)."""
        if name in _MODULES:
            return import_module(f"{__name__}.{name}")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f"{__name__}.{_NAMES.get(name, 'errors')}")
        value = globals()[name] = getattr(module, name)
        return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES])
