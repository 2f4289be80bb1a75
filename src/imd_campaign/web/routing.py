"""Routes that read and routes that write run in different threads: neither can take all."""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import APIRouter
from fastapi.routing import APIRoute

THREADS = 20
READING_METHODS = {"GET", "HEAD"}

_reading_threads: RunVar[CapacityLimiter] = RunVar("reading threads")
_writing_threads: RunVar[CapacityLimiter] = RunVar("writing threads")


class Route(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if not iscoroutinefunction(endpoint):
            is_reading = READING_METHODS.issuperset(options.get("methods") or READING_METHODS)
            endpoint = _run_in(_reading_threads if is_reading else _writing_threads, endpoint)
        super().__init__(path, endpoint, **options)


Router = partial(APIRouter, route_class=Route)


def _run_in(
    threads: RunVar[CapacityLimiter], endpoint: Callable[..., Any]
) -> Callable[..., Awaitable[Any]]:
    @wraps(endpoint)
    async def run(**values: Any) -> Any:
        limiter = _get_limiter(threads)
        return await to_thread.run_sync(partial(endpoint, **values), limiter=limiter)

    return run


def _get_limiter(threads: RunVar[CapacityLimiter]) -> CapacityLimiter:
    """Make a limiter on first use: it belongs to an event loop."""
    limiter = threads.get(None)
    if limiter is None:
        limiter = CapacityLimiter(THREADS)
        threads.set(limiter)
    return limiter
