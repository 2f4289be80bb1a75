"""Reads the calendars that are due, one after another."""

import asyncio
import ssl
from functools import partial

from anyio import CapacityLimiter, to_thread

from imd_campaign.calendars import service
from imd_campaign.calendars.content_lines import InvalidCalendar
from imd_campaign.calendars.fetching import Fetcher, FetchError
from imd_campaign.calendars.service import Due
from imd_campaign.context import Context
from imd_campaign.failures import log_failure
from imd_network.pinned_connection import resolve_host

SECONDS_BETWEEN = 10.0
"""However many calendars a host has, it gets one request within this time."""

LOOKUPS_AT_ONCE = 2


def make_fetcher() -> Fetcher:
    resolve = partial(resolve_host, limiter=CapacityLimiter(LOOKUPS_AT_ONCE))
    return Fetcher(resolve, ssl.create_default_context())


class CalendarReader:
    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._context = context
        self._fetcher = fetcher

    async def read_next(self) -> bool:
        """Read the calendar that is due next; return whether there was one."""
        due = await to_thread.run_sync(service.claim, self._context)
        if due:
            await self._read(due)
        return due is not None

    async def read(self, calendar: str) -> bool:
        """Read a certain calendar now; return whether there is one."""
        due = await to_thread.run_sync(service.claim, self._context, calendar)
        if due:
            await self._read(due)
        return due is not None

    async def _read(self, due: Due) -> None:
        try:
            problem = await self._fetch_and_compare(due)
        except Exception as error:  # noqa: BLE001 one calendar must not stop the others
            log_failure(f"calendar {due.id} cannot be read:", error)
            problem = "it cannot be read; the log says where"
        if problem:
            await to_thread.run_sync(service.record_failure, self._context, due, problem)

    async def _fetch_and_compare(self, due: Due) -> str | None:
        """Return what is wrong, if something is."""
        self._fetcher = self._fetcher or make_fetcher()
        try:
            fetched = await self._fetcher.fetch(due.url, due.validators)
        except FetchError as error:
            return str(error)
        try:
            if fetched is None:
                await to_thread.run_sync(service.record_unchanged, self._context, due)
            else:
                await to_thread.run_sync(service.record_read, self._context, due, fetched)
        except InvalidCalendar as error:
            return f"it is no calendar that can be read: {error}"
        return None


def read_now(context: Context, calendar: str, fetcher: Fetcher | None = None) -> bool:
    """Read a calendar from a command, without an event loop."""
    return asyncio.run(CalendarReader(context, fetcher).read(calendar))
