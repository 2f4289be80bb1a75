"""An exchange in the layers that a client was made with; those it has not are not even loaded."""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from imd_sdk._exchange import exchange

if TYPE_CHECKING:
    from imd_sdk._calls import Call
    from imd_sdk._exchange import Talk
    from imd_sdk._terms import Terms

T = TypeVar("T")


def converse(call: Call[T], terms: Terms) -> Talk[T]:
    """Begin a conversation about one call; the outermost layer sees what is on the wire."""
    talk = exchange(call, terms)
    if terms.cache is not None:
        from imd_sdk._kept import kept

        talk = kept(talk, call, terms, terms.cache)
    if terms.hooks:
        from imd_sdk._observed import observed

        talk = observed(talk, call, terms)
    return talk
