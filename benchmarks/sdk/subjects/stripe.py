"""Customers, over its own client for requests; async without any HTTP library."""

from typing import Any

import stripe
from payloads import HUNDRED, TEXTS, encode
from requests_in_memory import serve_requests

CUSTOMER = {
    "id": "cus_00000000000001",
    "object": "customer",
    "address": {
        "city": "Mexico City",
        "country": "MX",
        "line1": "A street 1",
        "line2": None,
        "postal_code": "06000",
        "state": None,
    },
    "balance": 0,
    "created": 1798588800,
    "currency": "usd",
    "default_source": None,
    "delinquent": False,
    "discount": None,
    "email": "sample.person@example.org",
    "invoice_prefix": "SAMPLE",
    "livemode": False,
    "metadata": {"petition": "convention"},
    "phone": None,
    "preferred_locales": ["es", "en"],
    "shipping": None,
    "tax_exempt": "none",
}
CUSTOMERS = [CUSTOMER | {"name": title, "description": text} for title, text in TEXTS]
ONE = encode(CUSTOMERS[0])
MANY = encode({"object": "list", "url": "/v1/customers", "has_more": False, "data": CUSTOMERS})


def respond(path: str, method: str) -> tuple[int, bytes]:
    return 200, MANY if method == "GET" and path.endswith("/customers") else ONE


class InMemoryClient(stripe.HTTPClient):
    name = "in memory"

    async def request_async(self, *_: Any, **__: Any) -> tuple[bytes, int, dict[str, str]]:
        return ONE, 200, {}


serve_requests(respond)
client = stripe.StripeClient("sk_sample", http_client=stripe.RequestsClient())
async_client = stripe.StripeClient("sk_sample", http_client=InMemoryClient())


def get() -> None:
    client.v1.customers.retrieve("cus_1")


def page() -> None:
    listed = client.v1.customers.list({"limit": HUNDRED})
    assert len(list(listed.auto_paging_iter())) == HUNDRED


def post() -> None:
    client.v1.customers.create({"name": "Sample Person", "email": "sample.person@example.org"})


async def get_async() -> None:
    await async_client.v1.customers.retrieve_async("cus_1")


CALLS = {"get": get, "page": page, "post": post, "get_async": get_async}
