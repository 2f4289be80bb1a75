"""The four calls over a bare HTTP library; a function reads the body of each response."""

from collections.abc import Callable
from typing import Any

from httpx_in_memory import make_transport
from payloads import ADDRESS, SIGNATURE, respond

Read = Callable[[bytes], object]


def make_calls(library: Any, read_one: Read, read_page: Read, read_receipt: Read) -> dict[str, Any]:
    server = make_transport(library, respond)
    client = library.Client(base_url=ADDRESS, transport=server)
    async_client = library.AsyncClient(base_url=ADDRESS, transport=server)

    def get() -> object:
        return read_one(client.get("/v1/events/evt_1").raise_for_status().content)

    def page() -> object:
        response = client.get("/v1/events", params={"limit": 100})
        return read_page(response.raise_for_status().content)

    def post() -> object:
        response = client.post("/v1/petitions/convention/signatures", json=SIGNATURE)
        return read_receipt(response.raise_for_status().content)

    async def get_async() -> object:
        return read_one((await async_client.get("/v1/events/evt_1")).raise_for_status().content)

    return {"get": get, "page": page, "post": post, "get_async": get_async}
