"""Keyword arguments that many methods share.

Every method takes `Options`; those that send something take `PostOptions`; lists, calendars and
maps of events take `EventFilters` too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from imd_sdk._answers import Response

__all__ = [
    "ClusterFilters",
    "ClusterOptions",
    "EventFilters",
    "EventOptions",
    "Options",
    "PostOptions",
]


class Options(TypedDict, total=False):
    """How long one call may take, how often it is tried, and what else it says."""

    timeout: float | None
    """Seconds for each step on the network, to connect or to read; None: the client's."""
    deadline: float | None
    """Seconds for the whole call: every try, every wait and every page; None: the client's."""
    max_retries: int | None
    """How often it is tried again after a failure that may pass; None: the client's."""
    headers: Mapping[str, str] | None
    """Headers beside those of the client, or in place of one of the same name.

    Not Accept, Authorization, Content-Length, Content-Type, Host, Idempotency-Key or
    Transfer-Encoding, which the SDK sets. Names are tokens, values visible ASCII (RFC 9110, 5.5);
    else a ValueError.
    """
    on_response: Callable[[Response], object] | None
    """Is handed the `imd_sdk.Response` that a call, or each page of a list, is read from.

    A refusal is raised and not handed over. What it raises, the call raises.
    """


class PostOptions(Options, total=False):
    """The options of a call, and the key it goes out with."""

    idempotency_key: str | None
    """1 to 255 visible ASCII characters; None: the SDK makes one for this call.

    All tries carry the same key, and the server carries out a key once. With one of your own, such
    as the id of the row you send, that holds over restarts too.
    """


class ClusterFilters(TypedDict, total=False):
    """Which events are counted on a map; those that are named must all hold."""

    from_: date | str | None
    """First day, in each event's own time zone."""
    to: date | str | None
    """Last day, itself included."""
    kind: str | Iterable[str] | None
    """`EventKind`, one or any of several."""
    language: str | Iterable[str] | None
    """BCP 47, one or any of several."""
    country: str | Iterable[str] | None
    """ISO 3166-1 alpha-2, one or any of several."""
    online: bool | None
    """True: online events alone; False: none of them."""
    q: str | None
    """Words in title, description, locality or host."""


class EventFilters(ClusterFilters, total=False):
    """Which events are meant; those that are named must all hold."""

    bbox: Sequence[float] | None
    """West, south, east, north; west may be the greater one, across the antimeridian."""
    near: Sequence[float] | None
    """Latitude, longitude; the events then come by distance."""
    radius_km: float | None
    """How far around ``near``, 1 to 20038; the server takes 50 when it is not given."""


class ClusterOptions(ClusterFilters, Options, total=False):
    """The filters of a map and the options of a call."""


class EventOptions(EventFilters, Options, total=False):
    """The filters of a list and the options of a call."""
