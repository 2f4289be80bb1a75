from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from imd_campaign import errors
from imd_campaign.web import http_errors
from imd_campaign.web.openapi_validation import RELAYED, SUBMISSIONS
from imd_campaign.web.problems import MEDIA_TYPE, ProblemBody, problems

Operation = dict[str, Any]

COMMON_ERRORS = (errors.InvalidParameter, errors.Unauthorized, errors.Unavailable)
BODY_ERRORS = (
    http_errors.MalformedBody,
    http_errors.BodyTooLarge,
    http_errors.UnsupportedMediaType,
    errors.InvalidBody,
    errors.IdempotencyInFlight,
    errors.IdempotencyKeyReused,
)
FRAMEWORK_ERRORS = ("HTTPValidationError", "ValidationError")
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request replays the first response.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}

VISITOR_ADDRESS = {
    "name": "Imd-Visitor-Address",
    "in": "header",
    "required": False,
    "description": "The network address of the visitor whose form is relayed; only with a key "
    "that has the scope submissions:relay.",
    "schema": {"type": "string"},
}


def make_document(title: str, routers: Iterable[APIRouter]) -> dict[str, Any]:
    openapi = get_openapi(
        title=title,
        version="1",
        openapi_version="3.1.0",
        description="Petitions, events and posters of International Migrants Day, 18 December.",
        routes=[route for router in routers for route in router.routes],
    )
    schemas = openapi.setdefault("components", {}).setdefault("schemas", {})
    for name in FRAMEWORK_ERRORS:
        schemas.pop(name, None)
    _add_problem(schemas)
    for method, operation in _operations(openapi):
        _add_errors(operation, method)
    return openapi


def _add_problem(schemas: dict[str, Any]) -> None:
    schema = TypeAdapter(ProblemBody).json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs")
    schemas["Problem"] = schema | {"title": "Problem"}


def _operations(openapi: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path in openapi["paths"].values():
        yield from path.items()


def _add_errors(operation: Operation, method: str) -> None:
    responses = operation["responses"]
    if _is_framework_error(responses.get("422", {})):
        del responses["422"]
    for status, response in problems(*_common_errors(operation, method)).items():
        _merge(responses, str(status), response)
    operation["responses"] = dict(sorted(responses.items()))
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if _is_relayed(operation):
        operation.setdefault("parameters", []).append(VISITOR_ADDRESS)


def _is_relayed(operation: Operation) -> bool:
    return SUBMISSIONS in operation or RELAYED in operation


def _common_errors(operation: Operation, method: str) -> tuple[type[errors.CampaignError], ...]:
    found = [*COMMON_ERRORS, *(BODY_ERRORS if method == "post" else ())]
    if "security" in operation or _is_relayed(operation):
        found.append(errors.Forbidden)
    if method != "get" and "security" not in operation:
        found.append(errors.RateLimited)
    if operation.get(SUBMISSIONS):
        found.append(errors.QueueFull)
    return tuple(found)


def _is_framework_error(response: dict[str, Any]) -> bool:
    return "application/json" in response.get("content", {})


def _merge(responses: dict[str, Any], status: str, response: dict[str, Any]) -> None:
    known = responses.get(status)
    if known is None:
        responses[status] = response
    elif MEDIA_TYPE in known.get("content", {}):
        known["description"] += " · " + response["description"]
