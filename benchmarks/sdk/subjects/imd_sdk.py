import httpx
from in_memory import transport
from payloads import ADDRESS, HUNDRED, SIGNATURE, campaign

from imd_sdk import AsyncClient, Client

server = transport(httpx, campaign)
imd = Client(ADDRESS, http_client=httpx.Client(transport=server))
later = AsyncClient(ADDRESS, http_client=httpx.AsyncClient(transport=server))


def get() -> None:
    imd.events.get("evt_1")


def page() -> None:
    assert len(list(imd.events.list(limit=HUNDRED))) == HUNDRED


def post() -> None:
    imd.petitions.sign("convention", **SIGNATURE)


async def get_async() -> None:
    await later.events.get("evt_1")


CALLS = {"get": get, "page": page, "post": post, "get_async": get_async}
