"""The four calls on a bare HTTP library, each answer read by a function from its body."""

from collections.abc import Callable
from typing import Any

from in_memory import transport
from payloads import ADDRESS, SIGNATURE, campaign

Read = Callable[[bytes], object]


def plain(library: Any, read_one: Read, read_page: Read, read_receipt: Read) -> dict[str, Any]:
    server = transport(library, campaign)
    http = library.Client(base_url=ADDRESS, transport=server)
    later = library.AsyncClient(base_url=ADDRESS, transport=server)

    def get() -> object:
        return read_one(http.get("/v1/events/evt_1").raise_for_status().content)

    def page() -> object:
        answer = http.get("/v1/events", params={"limit": 100})
        return read_page(answer.raise_for_status().content)

    def post() -> object:
        answer = http.post("/v1/petitions/convention/signatures", json=SIGNATURE)
        return read_receipt(answer.raise_for_status().content)

    async def get_async() -> object:
        return read_one((await later.get("/v1/events/evt_1")).raise_for_status().content)

    return {"get": get, "page": page, "post": post, "get_async": get_async}
