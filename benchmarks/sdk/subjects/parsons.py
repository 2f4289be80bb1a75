"""Events and a signature of its Action Network connector, which is blocking only.

The connector requests 25 events at a time. The server responds with 100, so that one request is
enough here too.
"""

from parsons import ActionNetwork
from payloads import HUNDRED, TEXTS, encode
from requests_in_memory import serve_requests

EVENT = {
    "identifiers": ["action_network:00000000-0000-0000-0000-000000000001"],
    "origin_system": "Sample",
    "status": "confirmed",
    "visibility": "public",
    "start_date": "2026-12-18T18:00:00Z",
    "created_date": "2026-11-20T08:00:00Z",
    "modified_date": "2026-11-20T08:00:00Z",
    "capacity": 50,
    "total_accepted": 12,
    "guests_can_invite_others": False,
    "location": {
        "venue": "A hall",
        "address_lines": ["A street 1"],
        "locality": "Mexico City",
        "country": "MX",
        "location": {"latitude": 19.4326, "longitude": -99.1332, "accuracy": "Rooftop"},
    },
}
EVENTS = [EVENT | {"title": title, "description": text} for title, text in TEXTS]
ONE = encode(EVENTS[0])
MANY = encode({"_embedded": {"osdi:events": EVENTS}})
PERSON = {"person": {"given_name": "Sample", "email_addresses": [{"address": "s@example.org"}]}}


def respond(path: str, _method: str) -> tuple[int, bytes]:
    return 200, MANY if path.endswith("/events") else ONE


serve_requests(respond)
client = ActionNetwork("sample")


def get() -> None:
    client.get_event("1")


def page() -> None:
    assert client.get_events(limit=HUNDRED).num_rows == HUNDRED


def post() -> None:
    client.create_signature("1", PERSON)


CALLS = {"get": get, "page": page, "post": post}
