"""Issues, as dictionaries: it has no models. All calls are async."""

import httpx2
from gidgethub.httpx import GitHubAPI
from httpx_in_memory import make_transport
from payloads import HUNDRED, TEXTS, encode

ISSUE = {
    "id": 1,
    "node_id": "I_000000000001",
    "number": 18,
    "state": "open",
    "locked": False,
    "user": {"login": "sample", "id": 1, "type": "User", "site_admin": False},
    "labels": [{"id": 1, "name": "vigil", "color": "ededed", "default": False}],
    "assignee": None,
    "milestone": None,
    "comments": 0,
    "created_at": "2026-11-20T08:00:00Z",
    "updated_at": "2026-11-20T08:00:00Z",
    "closed_at": None,
    "author_association": "OWNER",
    "url": "https://github.example/repos/sample/sample/issues/18",
}
ISSUES = [ISSUE | {"title": title, "body": text} for title, text in TEXTS]
ONE, MANY = encode(ISSUES[0]), encode(ISSUES)


def respond(path: str, method: str) -> tuple[int, bytes]:
    if method == "POST":
        return 201, ONE
    return 200, MANY if path.endswith("/issues") else ONE


http = httpx2.AsyncClient(transport=make_transport(httpx2, respond))
client = GitHubAPI(http, "sample", base_url="https://github.example")


async def get() -> None:
    await client.getitem("/repos/sample/sample/issues/18")


async def page() -> None:
    issues = client.getiter("/repos/sample/sample/issues?per_page=100")
    assert len([issue async for issue in issues]) == HUNDRED


async def post() -> None:
    await client.post("/repos/sample/sample/issues", data={"title": "Candles", "body": "Bring one"})


CALLS = {"get": get, "page": page, "post": post, "get_async": get}
