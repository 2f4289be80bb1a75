"""An exchange in the layers that a client was made with; where there are none it costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from imd_sdk._exchange import exchange
from imd_sdk._observed import observed

if TYPE_CHECKING:
    from imd_sdk._calls import Call
    from imd_sdk._exchange import Talk
    from imd_sdk._terms import Terms

T = TypeVar("T")


def converse(call: Call[T], terms: Terms) -> Talk[T]:
    """Begin a conversation about one call, and let the outermost layer see what is on the wire."""
    talk = exchange(call, terms)
    if terms.hooks:
        talk = observed(talk, call, terms)
    return talk
