"""An answer as it came, for who wants to see more of it than what is read from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imd_sdk.errors import UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Headers", "Response"]


class Headers(Mapping[str, str]):
    """The headers of an answer; a name is found in capitals and in small letters."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        """Show the names; a value may be a cookie."""
        return f"<{type(self).__name__} {', '.join(self)}>"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, and what it took to get it. Its repr shows no header and no content."""

    status: int
    """The HTTP status."""
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False)
    """The body, decompressed; empty for a download, whose bytes are in the file."""
    elapsed: float
    """Seconds since the call began, with earlier attempts and waits."""
    attempts: int
    """How many requests it took."""
    from_cache: bool = False
    """Whether the server said that it has not changed, and the content is what was kept."""

    @property
    def request_id(self) -> str | None:
        """The server's name for the exchange (``X-Request-Id``); quote it when you ask for help."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """Read the content as JSON; `UnexpectedResponse` when it is something else."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        raise UnexpectedResponse(
            f"The server answered {self.status} with something else than JSON",
            status=self.status,
            request_id=self.request_id,
        )
