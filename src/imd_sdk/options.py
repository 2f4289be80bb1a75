"""Keyword arguments that many methods share.

Every method accepts `Options`; methods that change something accept `PostOptions`; methods for
events also accept `EventFilters`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from imd_sdk._response import Response

__all__ = [
    "ClusterFilters",
    "ClusterOptions",
    "EventFilters",
    "EventOptions",
    "Options",
    "PostOptions",
]


class Options(TypedDict, total=False):
    """The time-outs, retries and headers of one call."""

    timeout: float | None
    """Seconds for each network step, such as connecting or reading; None: the client's."""
    deadline: float | None
    """Seconds for the whole call, with every attempt, wait and page; None: the client's."""
    max_retries: int | None
    """How often to retry after a transient failure; None: the client's."""
    headers: Mapping[str, str] | None
    """Headers to add to the client's, or to replace those of the same name.

    Not Accept, Authorization, Content-Length, Content-Type, Host, Idempotency-Key,
    Imd-Visitor-Address or Transfer-Encoding, which the SDK sets. Names are tokens, values visible
    ASCII (RFC 9110, 5.5); anything else raises a ValueError.
    """
    visitor_address: str | None
    """The IP address of the visitor for whom a server sends this request, such as ``192.0.2.1``.

    For servers that relay forms, with a key of the scope ``submissions:relay``: the campaign's
    limits then apply to the visitor's network instead of the server's. It is never logged.
    """
    on_response: Callable[[Response], object] | None
    """A function that receives the `imd_sdk.Response` of the call, or of each page of a list.

    It does not receive errors, which are raised. If it raises, the call raises.
    """


class PostOptions(Options, total=False):
    """The options of a call that changes something, with its Idempotency-Key."""

    idempotency_key: str | None
    """22 to 255 visible ASCII characters; None: the SDK generates a random one for this call.

    All attempts send the same key, and the server carries out a key once. With a key of your own,
    stored before it is sent, that also holds across restarts. It has to be random, such as
    ``uuid.uuid4().hex``: who guesses a key gets the response to your request.
    """


class ClusterFilters(TypedDict, total=False):
    """Filters of the events on a map; all that are given must match."""

    from_: date | str | None
    """First day, in each event's own time zone."""
    to: date | str | None
    """Last day, inclusive."""
    kind: str | Iterable[str] | None
    """`EventKind`, one or several; an event matches any of them."""
    language: str | Iterable[str] | None
    """BCP 47, one or several; an event matches any of them."""
    country: str | Iterable[str] | None
    """ISO 3166-1 alpha-2, one or several; an event matches any of them."""
    online: bool | None
    """True: only online events; False: none."""
    q: str | None
    """Words to find in title, description, locality or host."""


class EventFilters(ClusterFilters, total=False):
    """Filters of a list of events; all that are given must match."""

    bbox: Sequence[float] | None
    """West, south, east, north in degrees; west may be greater, across the antimeridian."""
    near: Sequence[float] | None
    """Latitude, longitude in degrees; the events are then sorted by distance."""
    radius_km: float | None
    """The radius around ``near`` in kilometres, 1 to 20038; by default 50."""


class ClusterOptions(ClusterFilters, Options, total=False):
    """The filters of a map, and the options of a call."""


class EventOptions(EventFilters, Options, total=False):
    """The filters of a list, and the options of a call."""
