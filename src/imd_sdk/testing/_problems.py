"""The campaign's ways to say no (RFC 9457), as docs/http-api.md lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a request; ``field`` is a dotted path."""

    place: str
    field: str
    message: str

    def as_wire(self) -> dict[str, str]:
        return {"in": self.place, "field": self.field, "message": self.message}


class Refusal(Exception):  # noqa: N818 - says what it is
    """A request that is not carried out, in the words of the API."""

    def __init__(
        self,
        name: str,
        *flaws: Flaw,
        detail: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(name)
        self.name = name
        self.status, self.title = TITLES[name]
        self.detail = detail or " ".join(f"{flaw.field}: {flaw.message}" for flaw in flaws)
        self.headers = headers or {}
        self.extra = extra
        if flaws:
            self.extra = {**extra, "errors": [flaw.as_wire() for flaw in flaws]}

    def body(self, request_id: str) -> dict[str, Any]:
        return {
            "type": f"/v1/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or f"{self.title}.",
            "request_id": request_id,
            **self.extra,
        }


def not_found() -> Refusal:
    return Refusal("not-found")


def wrong_body(field: str, message: str) -> Refusal:
    return Refusal("invalid-body", Flaw("body", field, message))


def sold_out(available: int) -> Refusal:
    return Refusal("sold-out", available=available)
