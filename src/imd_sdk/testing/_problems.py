"""Problem details (RFC 9457) that a request is rejected with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

TITLES: dict[str, tuple[int, str]] = {
    "invalid-parameter": (400, "A parameter cannot be accepted"),
    "malformed-body": (400, "The body is not JSON"),
    "unauthorized": (401, "A valid key is needed"),
    "forbidden": (403, "The key may not do this"),
    "not-found": (404, "There is nothing at this address"),
    "method-not-allowed": (405, "The address does not take this method"),
    "petition-closed": (409, "The petition takes no signatures now"),
    "event-closed": (409, "The event is over or cancelled"),
    "sold-out": (409, "Fewer are left than were asked for"),
    "already-decided": (409, "This has been decided before"),
    "idempotency-in-flight": (409, "The same request is being worked on"),
    "confirmation-expired": (410, "The mailed link is too old"),
    "reservation-expired": (410, "The hold has lapsed"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body has to be JSON"),
    "range-not-satisfiable": (416, "The range lies outside the file"),
    "invalid-body": (422, "The body has fields that cannot be accepted"),
    "idempotency-key-reused": (422, "The key was used for another request"),
    "rate-limited": (429, "Too many requests"),
    "unavailable": (503, "The database is not reachable"),
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
        said = " ".join(f"{error.field}: {error.message}" for error in errors)
        self.headers: dict[str, str] = headers or {}
        self.body: dict[str, Any] = {
            "type": f"/v1/problems/{name}",
            "title": title,
            "status": self.status,
            "detail": detail or said or f"{title}.",
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
