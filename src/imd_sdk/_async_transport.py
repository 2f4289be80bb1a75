"""How the async client sends; apart from `_transport`, as `asyncio` is slow to import."""

from __future__ import annotations

import asyncio
import os
import sys
import warnings
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import httpx
from anyio import move_on_after, sleep

from imd_sdk._answers import Answer
from imd_sdk._discretion import SHOWN
from imd_sdk._transport import broken, library, out_of_time, prepared, taker

if TYPE_CHECKING:
    from imd_sdk._exchange import Broken, Send
    from imd_sdk._transport import AsyncHttpClient

__all__ = ["AsyncWire", "sleep"]

GRACE = 0.05
"""Seconds for the library to notice by itself that the time is over: it knows what it was at."""


class AsyncWire:
    """Sends over a client that was passed in, or over one that is made for each event loop."""

    def __init__(self, http_client: AsyncHttpClient | None) -> None:
        self._own: WeakKeyDictionary[Any, httpx.AsyncClient] = WeakKeyDictionary()
        self._library = library(http_client, "AsyncClient") if http_client else httpx
        self._given: Any = http_client
        self._pid = os.getpid()
        self._closed = False

    async def send(self, send: Send) -> Answer | Broken:
        if send.until is None:
            return await self._send(send)
        with move_on_after(send.until - monotonic() + GRACE):
            return await self._send(send)
        return out_of_time()

    async def _send(self, send: Send) -> Answer | Broken:
        http = self._given or self._made()
        request = prepared(http, send)
        before = SHOWN.set(send.shown)
        try:
            response = await http.send(request, stream=True, follow_redirects=False)
            return await self._whole(send, response)
        except self._library.RequestError as error:
            return broken(error)
        finally:
            SHOWN.reset(before)

    async def _whole(self, send: Send, response: Any) -> Answer:
        chunks: list[bytes] = []
        try:
            take = taker(send, response, chunks)
            async with aclosing(response.aiter_bytes()) as body:
                async for chunk in body:
                    take(chunk)
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, b"".join(chunks))

    def _made(self) -> httpx.AsyncClient:
        """Sockets belong to the event loop that opened them, so each loop has its own."""
        if self._closed:
            raise RuntimeError("the client is closed")
        own = self._own.get(loop := _running_loop())
        if own is None:
            self._own[loop] = own = httpx.AsyncClient()
            self._pid = os.getpid()
        return own

    async def aclose(self) -> None:
        self._closed = True
        own = self._own.pop(_running_loop(), None)
        if own:
            await own.aclose()

    def __del__(self) -> None:
        """Say that it was forgotten; to close it here would be I/O, and there may be no loop."""
        if self._own and self._pid == os.getpid():
            warnings.warn(
                "an AsyncClient was not closed", ResourceWarning, stacklevel=1, source=self
            )


def _running_loop() -> Any:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return sys.modules["trio"].lowlevel.current_trio_token()
