"""Batches: objects of about twenty fields, with times and two nested objects."""

import httpx2
import openai
from httpx_in_memory import make_transport
from payloads import HUNDRED, TEXTS, encode

BATCH = {
    "id": "batch_0000000000000000000001",
    "object": "batch",
    "endpoint": "/v1/embeddings",
    "completion_window": "24h",
    "status": "completed",
    "input_file_id": "file-0000000000000000000001",
    "output_file_id": "file-0000000000000000000002",
    "error_file_id": None,
    "errors": None,
    "created_at": 1798588800,
    "in_progress_at": 1798588860,
    "finalizing_at": 1798592400,
    "completed_at": 1798592460,
    "expires_at": 1798675200,
    "expired_at": None,
    "failed_at": None,
    "cancelled_at": None,
    "request_counts": {"total": 100, "completed": 98, "failed": 2},
}
BATCHES = [BATCH | {"metadata": {"title": title, "text": text}} for title, text in TEXTS]
ONE = encode(BATCHES[0])
MANY = encode({"object": "list", "data": BATCHES, "has_more": False})


def respond(path: str, method: str) -> tuple[int, bytes]:
    return 200, MANY if method == "GET" and path.endswith("/batches") else ONE


server = make_transport(httpx2, respond)
client = openai.OpenAI(api_key="sample", http_client=httpx2.Client(transport=server))
async_client = openai.AsyncOpenAI(
    api_key="sample", http_client=httpx2.AsyncClient(transport=server)
)


def get() -> None:
    client.batches.retrieve("batch_1")


def page() -> None:
    assert len(list(client.batches.list(limit=HUNDRED))) == HUNDRED


def post() -> None:
    client.batches.create(
        completion_window="24h", endpoint="/v1/embeddings", input_file_id="file-1"
    )


async def get_async() -> None:
    await async_client.batches.retrieve("batch_1")


CALLS = {"get": get, "page": page, "post": post, "get_async": get_async}
