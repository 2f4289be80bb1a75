"""Bodies of unknown size, made in threads and sent piece by piece."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.responses import StreamingResponse

from imd_campaign.web.etags import set_public_cache

R = TypeVar("R", bound=StreamingResponse)

# What fits into the first piece is cached, see `public_cache`; an error before it has a response.
FIRST_PIECE = 1024 * 1024
PIECE = 64 * 1024


async def stream_feed(
    response_class: type[R],
    limiter: CapacityLimiter,
    write: Callable[[], Iterator[bytes]],
    *,
    max_age: int,
) -> R:
    """Start a response once its first piece is complete.

    While a client is slow, neither a thread nor a transaction waits for it.
    """
    chunks, first = await to_thread.run_sync(_begin, write, limiter=limiter)
    response = response_class(_stream(chunks, first, limiter))
    set_public_cache(response, max_age)
    return response


def _begin(write: Callable[[], Iterator[bytes]]) -> tuple[Iterator[bytes], bytes]:
    chunks = write()
    return chunks, _read_piece(chunks, FIRST_PIECE)


async def _stream(
    chunks: Iterator[bytes], piece: bytes, limiter: CapacityLimiter
) -> AsyncIterator[bytes]:
    while piece:
        yield piece
        piece = await to_thread.run_sync(_read_piece, chunks, PIECE, limiter=limiter)


def _read_piece(chunks: Iterator[bytes], size: int) -> bytes:
    piece = bytearray()
    for chunk in chunks:
        piece += chunk
        if len(piece) >= size:
            break
    return bytes(piece)
