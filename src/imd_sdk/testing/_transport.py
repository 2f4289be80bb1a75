"""The wire in memory: requests of httpx or httpx2 in, their responses and failures out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._web import Asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

    from imd_sdk.testing._web import Reply


class Breakage(Exception):  # noqa: N818 - says what it is
    """The library fails with its exception of this name."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.name, self.words = name, words


def transport(library: ModuleType, serve: Callable[[Asked], Reply]) -> Any:
    """Make a transport for either kind of client of ``library``."""

    def answered(request: Any) -> Any:
        try:
            reply = serve(_asked(request))
        except Breakage as broken:
            raise getattr(library, broken.name)(broken.words, request=request) from None
        if not reply.cut:
            return library.Response(reply.status, headers=reply.headers, content=reply.body)
        half = _halves(library)(reply.body, request)
        return library.Response(reply.status, headers=reply.headers, stream=half)

    return library.MockTransport(answered)


def _asked(request: Any) -> Asked:
    """Take a request apart; the transport has read its body."""
    timeout = request.extensions.get("timeout", {}).get("read")
    return Asked(
        request.method,
        request.url.path,
        list(request.url.params.multi_items()),
        {name.lower(): value for name, value in request.headers.items()},
        request.content,
        5.0 if timeout is None else timeout,
    )


@cache
def _halves(library: ModuleType) -> Any:
    """A body of which half arrives; it has to be a stream of both kinds."""

    class Half:
        def __init__(self, body: bytes, request: Any) -> None:
            self._arrives = body[: len(body) // 2]
            self._request = request

        def _breaks(self) -> Exception:
            words = "peer closed connection without sending complete message body"
            error: Exception = library.RemoteProtocolError(words, request=self._request)
            return error

        def __iter__(self) -> Iterator[bytes]:
            yield self._arrives
            raise self._breaks()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield self._arrives
            raise self._breaks()

    return type("Half", (Half, library.SyncByteStream, library.AsyncByteStream), {})
