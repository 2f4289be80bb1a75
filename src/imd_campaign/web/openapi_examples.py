"""Examples in the OpenAPI document. They work on a server with the sample campaign.

A token comes by e-mail, so the one here shows its form only.
"""

from collections.abc import Mapping
from typing import Any

TOKEN = "q1Xv0ZkTzP7mW3sYb9LdHg"  # noqa: S105 opens nothing
EVENT = "evt_sample_2026_san_francisco_federal"
PERSON = {"name": "Sample Person", "email": "sample.person@example.org"}
PLACE = {
    "name": "Sample Hall",
    "address": "18 Sample Street",
    "locality": "Oakland",
    "region": "California",
    "country": "US",
    "latitude": 37.8044,
    "longitude": -122.2712,
}
CHANGE = {
    "title": "Potluck for migrants and friends",
    "description": "Bring a dish and a story.",
    "starts_at": "2027-12-18T18:00:00-08:00",
    "ends_at": "2027-12-18T21:00:00-08:00",
    "time_zone": "America/Los_Angeles",
    "place": PLACE,
}

# By the beginning of the path, the most specific first.
PATH_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "/v1/petitions/": {"slug": "convention"},
    "/v1/posters/": {"slug": "many-paths", "name": "many-paths.svg"},
    "/v1/resources/": {"slug": "the-convention"},
    "/v1/problems/": {"name": "invalid-body"},
    "/v1/events/": {"event_id": EVENT},
    "/v1/moderation/": {
        "event_id": EVENT,
        "change_id": "chg_sample",
        "attendance_id": "att_sample",
        "order_id": "ord_sample",
    },
    "/v1/orders/": {"order_id": "ord_sample"},
    "/v1/hosted-events/": {"token": TOKEN, "attendance_id": "att_sample"},
    "/v1/personal-data/": {
        "token": TOKEN,
        "signature": "sig_sample",
        "attendance": "att_sample",
        "event": EVENT,
        "order": "ord_sample",
    },
    "/v1/webhooks/": {"webhook_id": "whk_sample", "event_type": "event.approved"},
    "/v1/partners/": {"source": "sample-partner"},
    "/v1/": {"token": TOKEN},
}
QUERY_EXAMPLES: Mapping[str, Any] = {
    "bbox": "-125,24,-66,50",
    "near": "37.7749,-122.4194",
    "radius_km": 100,
    "country": ["US"],
    "lang": "en",
}
BODY_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "SignatureForm": {**PERSON, "country": "US", "lang": "en", "source": "newsletter"},
    "AttestedSignatureForm": {
        **PERSON,
        "country": "US",
        "lang": "en",
        "reference": "sheet-12.3",
        "public": False,
        "updates": True,
    },
    "ConfirmationForm": {"public": True, "updates": False},
    "EmptyForm": {},
    "CodeForm": {"email": PERSON["email"], "code": "ABCD-EFGH"},
    "PersonalLinkForm": {"email": PERSON["email"], "lang": "en"},
    "ErasureForm": {"block": True},
    "EventForm": {
        **CHANGE,
        "lang": "en",
        "kind": "potluck",
        "place": {**PLACE, "private": True},
        "host": PERSON,
        "capacity": 40,
    },
    "EventChangeForm": CHANGE,
    "AttendanceForm": {**PERSON, "guests": 1, "lang": "en"},
    "AttendanceChange": {"guests": 2},
    "CapacityForm": {"capacity": 60},
    "CancellationForm": {"reason": "The hall is closed that day."},
    "GuestDecision": {"decision": "accept"},
    "ReservationForm": {"edition": "open", "quantity": 1},
    "OrderForm": {
        **PERSON,
        "reservation": "the token of the reservation",
        "address": {
            "lines": ["18 Sample Street"],
            "postal_code": "94601",
            "locality": "Oakland",
            "country": "US",
        },
        "lang": "en",
    },
    "PrivatePlaceForm": {"reason": "It is somebody's home."},
    "EventDecision": {"decision": "approve", "reason": "A complete description."},
    "EventChangeDecision": {"decision": "approve", "reason": "Only the hall is new."},
    "AttendanceDecision": {"decision": "accept", "reason": "There is room."},
    "PaymentReport": {"order": "ord_sample", "amount": 2500, "currency": "USD"},
    "OrderDecision": {"decision": "paid", "reason": "Received by bank transfer."},
    "WebhookForm": {
        "url": "https://receiver.example/webhooks/imd",
        "types": ["petition.count_changed", "event.approved"],
    },
    "BounceForm": {"message_id": "<sample@campaign.example>", "status": "5.1.1"},
}


def add_examples(path: str, operation: Mapping[str, Any]) -> None:
    values = {"path": _find_path_examples(path), "query": QUERY_EXAMPLES}
    for parameter in operation.get("parameters", ()):
        known = values.get(parameter["in"], {})
        if parameter["name"] in known:
            parameter["example"] = known[parameter["name"]]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        media["example"] = BODY_EXAMPLES[_find_form(media["schema"])]


def _find_path_examples(path: str) -> Mapping[str, str]:
    return next((found for start, found in PATH_EXAMPLES.items() if path.startswith(start)), {})


def _find_form(schema: Mapping[str, Any]) -> str:
    """Return the name of the body's schema, which may be optional."""
    parts = [schema, *schema.get("anyOf", ())]
    reference: str = next(part["$ref"] for part in parts if "$ref" in part)
    return reference.rpartition("/")[2]
