import httpx
from httpx_in_memory import make_transport
from payloads import ADDRESS, HUNDRED, SIGNATURE, respond

from imd_sdk import AsyncClient, Client

server = make_transport(httpx, respond)
imd = Client(ADDRESS, http_client=httpx.Client(transport=server))
async_client = AsyncClient(ADDRESS, http_client=httpx.AsyncClient(transport=server))


def get() -> None:
    imd.events.get("evt_1")


def page() -> None:
    assert len(list(imd.events.list(limit=HUNDRED))) == HUNDRED


def post() -> None:
    imd.petitions.sign("convention", **SIGNATURE)


async def get_async() -> None:
    await async_client.events.get("evt_1")


CALLS = {"get": get, "page": page, "post": post, "get_async": get_async}
