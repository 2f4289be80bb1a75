"""What the SDK keeps, the server confirms with 304: for each address that it keeps."""

import pytest

from imd_sdk import AsyncClient
from imd_sdk._caching import CACHEABLE_ROUTES
from imd_sdk.cache import MemoryCache
from imd_sdk.hooks import Hook

pytestmark = pytest.mark.anyio

COUNT = "/v1/petitions/{slug}/count"
"""It says as of when it is, so it may have changed between two questions."""
WORLD = (-180, -90, 180, 90)


async def one_event(imd):
    async for event in imd.events.list(limit=1):
        await imd.events.get(event.id)
        await imd.events.event_ics(event.id)
        return


async def everything(imd):
    """Request each public URL, and ignore the responses."""
    await imd.campaign.get()
    await imd.share_kit.get()
    await imd.petitions.get("convention")
    await imd.petitions.count("convention")
    await imd.posters.get("many-paths")
    await imd.events.clusters(bbox=WORLD, zoom=2)
    await imd.events.geojson()
    await imd.events.ics()
    await imd.events.csv()
    await imd.events.atom()
    await one_event(imd)
    pagers = [imd.petitions.list(), imd.petitions.places("convention"), imd.posters.list()]
    for pager in [*pagers, imd.resources.list()]:
        async for _ in pager:
            pass
    async for resource in imd.resources.list():
        await imd.resources.get(resource.slug)


class Statuses(Hook):
    def __init__(self):
        self.by_route = {}

    def outcome(self, call, outcome):
        self.by_route.setdefault(call.route, set()).add(outcome.status)


async def test_every_cacheable_route_is_revalidated(http):
    cache, first, second = MemoryCache(), Statuses(), Statuses()
    for hook in (first, second):
        await everything(
            AsyncClient("http://campaign.example", http_client=http, cache=cache, hooks=[hook])
        )
    assert set(first.by_route) == CACHEABLE_ROUTES
    del second.by_route[COUNT]
    assert second.by_route == {route: {304} for route in CACHEABLE_ROUTES - {COUNT}}
