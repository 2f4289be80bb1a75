"""The call: a request as a value, and how to read its response; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode

from imd_sdk._redaction import all_values, sensitive_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imd_sdk._download import Download
    from imd_sdk._response import RawResponse

T = TypeVar("T")

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""RFC 9110, 9.2.1, without TRACE."""


@dataclass(slots=True)
class ApiCall(Generic[T]):
    """A request and the way to read its response; its repr shows nothing personal or secret."""

    method: str
    route: str
    read: Callable[[RawResponse], T] | None = field(repr=False)
    """None: the result is the `Response` itself."""
    path: str = field(repr=False)
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    accept: str = "application/json"
    download: Download | None = field(default=None, repr=False)

    @property
    def target(self) -> str:
        """The path and the query."""
        if not self.query:
            return self.path
        return f"{self.path}?{urlencode(self.query, doseq=True, errors='replace')}"

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing on the server, and so needs no Idempotency-Key."""
        return self.method in SAFE_METHODS

    @property
    def sensitive_values(self) -> set[str]:
        """The values that no error may show."""
        if self.read is None:
            return all_values(self.route, self.path, self.query, self.body)
        return sensitive_values(self.route, self.path, self.body)

    def at(self, cursor: str | None) -> ApiCall[T]:
        """Return the call for the page at a cursor."""
        if cursor is None:
            return self
        return replace(self, query={**self.query, "cursor": cursor})
