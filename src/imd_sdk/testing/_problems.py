"""Problem details (RFC 9457) that a request is rejected with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

TITLES: dict[str, tuple[int, str]] = {
    "invalid-parameter": (400, "A parameter is invalid"),
    "malformed-body": (400, "The body is not valid JSON"),
    "unauthorized": (401, "A valid API key is required"),
    "invalid-signature": (401, "The signature is not valid"),
    "forbidden": (403, "The API key lacks the required scope"),
    "not-found": (404, "Nothing was found at this URL"),
    "method-not-allowed": (405, "The URL does not support this method"),
    "campaign-closed": (409, "The campaign is closed"),
    "petition-closed": (409, "The petition is not open for signatures"),
    "event-closed": (409, "The event is over or cancelled"),
    "sold-out": (409, "Not enough are left"),
    "order-limit-reached": (409, "Too many unpaid prints of this edition"),
    "already-decided": (409, "This has already been decided"),
    "webhook-limit-reached": (409, "The key has too many webhooks"),
    "idempotency-in-flight": (409, "The same request is still being processed"),
    "confirmation-expired": (410, "The confirmation link has expired"),
    "personal-link-expired": (410, "The link to personal data has expired"),
    "reservation-expired": (410, "The reservation has expired"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body must be JSON"),
    "range-not-satisfiable": (416, "The range is outside the file"),
    "invalid-body": (422, "The body has invalid fields"),
    "idempotency-key-reused": (422, "The idempotency key was used for another request"),
    "rate-limited": (429, "Too many requests"),
    "queue-full": (503, "Too many forms are waiting"),
    "busy": (503, "The campaign accepts no forms at the moment"),
    "read-only": (503, "The campaign accepts no changes at the moment"),
    "unavailable": (503, "The database is unavailable"),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with a request; ``field`` is a dotted path."""

    place: str
    field: str
    message: str

    def as_wire(self) -> dict[str, str]:
        return {"in": self.place, "field": self.field, "message": self.message}


class Rejection(Exception):
    def __init__(
        self,
        name: str,
        *errors: FieldError,
        detail: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(name)
        self.status: int = TITLES[name][0]
        title = TITLES[name][1]
        messages = " ".join(f"{error.field}: {error.message}" for error in errors)
        self.headers: dict[str, str] = headers or {}
        self.body: dict[str, Any] = {
            "type": f"/v1/problems/{name}",
            "title": title,
            "status": self.status,
            "detail": detail or messages or f"{title}.",
            **extra,
        }
        if errors:
            self.body["errors"] = [error.as_wire() for error in errors]


def not_found() -> Rejection:
    return Rejection("not-found")


def find(there: dict[str, T], name: str) -> T:
    if name not in there:
        raise not_found()
    return there[name]


def invalid_field(field: str, message: str) -> Rejection:
    return Rejection("invalid-body", FieldError("body", field, message))


def sold_out(available: int) -> Rejection:
    return Rejection("sold-out", available=available)


def invalid_parameter(field: str, message: str) -> Rejection:
    return Rejection("invalid-parameter", FieldError("query", field, message))
