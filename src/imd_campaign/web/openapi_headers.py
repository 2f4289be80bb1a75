"""Headers in the OpenAPI document: what every request may send, and every response has."""

from collections.abc import Iterator, Mapping
from typing import Any

from imd_campaign.web.openapi_validation import RELAYED, SUBMISSIONS

TEXT = {"type": "string"}
FILE = "/v1/posters/{slug}/files/{name}"
# GETs that nobody may cache: they need a key or a token, or differ for each caller.
PRIVATE_PATHS = {"/v1/challenges", "/healthz"}
PRIVATE_VARIABLES = {"token", "order_id"}

RESPONSE_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Request-Id": {
        "description": "Quote it when you report a problem.",
        "required": True,
        "schema": TEXT,
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}},
    "ETag": {
        "description": "For If-None-Match. Responses to requests with a key have none.",
        "schema": TEXT,
    },
    "Idempotency-Replayed": {
        "description": "Whether this is the first response, sent again.",
        "schema": {"const": "true"},
    },
    "Content-Range": {"required": True, "schema": TEXT},
    "Repr-Digest": {
        "description": "The SHA-256 digest of the whole file (RFC 9530).",
        "required": True,
        "schema": TEXT,
    },
}
HEADERS_BY_STATUS: Mapping[str, tuple[str, ...]] = {
    "401": ("WWW-Authenticate",),
    "409": ("Retry-After",),
    "416": ("Content-Range",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
NOT_MODIFIED = {"description": "The response is still the one with the ETag that was sent."}
CONDITIONAL = (("If-None-Match", "ETags of known responses; 304 if one is current"),)
RANGES = (
    ("Range", "The part of the file to send, such as bytes=0-1023"),
    ("If-Range", "Send the whole file if this is not its ETag"),
)
VISITOR_ADDRESS = {
    "name": "Imd-Visitor-Address",
    "in": "header",
    "required": False,
    "description": "The network address of the visitor whose form is relayed; only with a key "
    "that has the scope submissions:relay.",
    "schema": {"anyOf": [{**TEXT, "format": "ipv4"}, {**TEXT, "format": "ipv6"}]},
}


def is_relayed(operation: Mapping[str, Any]) -> bool:
    return SUBMISSIONS in operation or RELAYED in operation


def add_header_parameters(path: str, method: str, operation: dict[str, Any]) -> None:
    found = list(_find_parameters(path, method, operation))
    if found:
        operation.setdefault("parameters", []).extend(found)


def _find_parameters(
    path: str, method: str, operation: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    if method == "post":
        yield _describe_idempotency_key(operation)
    if is_relayed(operation):
        yield VISITOR_ADDRESS
    if _is_cacheable(path, method, operation):
        yield from (_describe_parameter(*header) for header in CONDITIONAL)
    if path == FILE:
        yield from (_describe_parameter(*header) for header in RANGES)


def _describe_parameter(name: str, description: str) -> Mapping[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": TEXT,
    }


def _describe_idempotency_key(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Anonymous callers share their keys, so theirs must be too long to guess."""
    shortest = 1 if "security" in operation else 22
    described = _describe_parameter(
        "Idempotency-Key", "The same key with the same request replays the first response."
    )
    return {**described, "schema": {**TEXT, "pattern": f"^[\\x21-\\x7e]{{{shortest},255}}$"}}


def _is_cacheable(path: str, method: str, operation: Mapping[str, Any]) -> bool:
    variables = {parameter["name"] for parameter in operation.get("parameters", ())}
    is_private = path in PRIVATE_PATHS or variables & PRIVATE_VARIABLES
    return method == "get" and "security" not in operation and not is_private


def add_response_headers(path: str, method: str, operation: Mapping[str, Any]) -> None:
    responses = operation["responses"]
    is_cacheable = _is_cacheable(path, method, operation)
    if is_cacheable:
        responses["304"] = dict(NOT_MODIFIED)
    for status, response in responses.items():
        names = ["X-Request-Id", *HEADERS_BY_STATUS.get(status, ())]
        if is_cacheable and status in {"200", "206", "304"}:
            names.append("ETag")
        if method == "post" and status < "300":
            names.append("Idempotency-Replayed")
        if path == FILE and status in {"200", "206"}:
            names.append("Repr-Digest")
        if status == "206":
            names.append("Content-Range")
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
