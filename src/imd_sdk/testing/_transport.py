"""A transport of httpx or httpx2 that calls a function instead of the network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._requests import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

    from imd_sdk.testing._requests import Response


class TransportError(Exception):
    """The HTTP library raises its exception of this name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name: str = name
        self.message: str = message


def make_transport(library: ModuleType, serve: Callable[[Request], Response]) -> Any:
    def respond(request: Any) -> Any:
        try:
            response = serve(_to_request(request))
        except TransportError as error:
            raise getattr(library, error.name)(error.message, request=request) from None
        if not response.is_truncated:
            return library.Response(
                response.status, headers=response.headers, content=response.body
            )
        half = _truncated_body(library)(response.body[: len(response.body) // 2])
        return library.Response(response.status, headers=response.headers, stream=half)

    return library.MockTransport(respond)


def _to_request(request: Any) -> Request:
    timeout = request.extensions.get("timeout", {}).get("read")
    return Request(
        request.method,
        request.url.path,
        list(request.url.params.multi_items()),
        {name.lower(): value for name, value in request.headers.items()},
        request.content,
        5.0 if timeout is None else timeout,
    )


@cache
def _truncated_body(library: ModuleType) -> Any:
    """The class of a body that breaks off, as a blocking and an async stream."""
    message = "peer closed connection without sending complete message body"

    class TruncatedBody(library.ByteStream):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[bytes]:
            yield from super().__iter__()
            raise library.RemoteProtocolError(message)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in super().__aiter__():
                yield chunk
            raise library.RemoteProtocolError(message)

    return TruncatedBody
