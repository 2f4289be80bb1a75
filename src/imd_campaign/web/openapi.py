from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from imd_campaign import errors
from imd_campaign.field_types import COUNTRY_SCHEMA, LANGUAGE_SCHEMA
from imd_campaign.web import http_errors
from imd_campaign.web.openapi_examples import add_examples
from imd_campaign.web.openapi_headers import (
    RESPONSE_HEADERS,
    add_header_parameters,
    add_response_headers,
    is_relayed,
)
from imd_campaign.web.openapi_links import add_links
from imd_campaign.web.openapi_validation import SUBMISSIONS
from imd_campaign.web.problems import MEDIA_TYPE, ProblemBody, problems
from imd_campaign.web.request_body import METHODS_WITH_BODY

Operation = dict[str, Any]

COMMON_ERRORS = (errors.InvalidParameter, errors.Unauthorized, errors.Unavailable)
# A body is read and limited even where none is expected.
READING_ERRORS = (http_errors.BodyTooLarge, http_errors.UnsupportedMediaType)
BODY_ERRORS = (http_errors.MalformedBody, errors.InvalidBody)
IDEMPOTENCY_ERRORS = (errors.IdempotencyInFlight, errors.IdempotencyKeyReused)
FRAMEWORK_ERRORS = ("HTTPValidationError", "ValidationError")
SHARED_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "Country": COUNTRY_SCHEMA,
    "Language": LANGUAGE_SCHEMA,
}
NULL = {"type": "null"}


def make_document(title: str, routers: Iterable[APIRouter]) -> dict[str, Any]:
    openapi = get_openapi(
        title=title,
        version="1",
        openapi_version="3.1.0",
        description="Petitions, events and posters of International Migrants Day, 18 December.",
        routes=[route for router in routers for route in router.routes],
    )
    components = openapi.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in FRAMEWORK_ERRORS:
        schemas.pop(name, None)
    _add_problem(schemas)
    components["headers"] = RESPONSE_HEADERS
    for path, method, operation in _operations(openapi):
        _drop_null(operation)
        _correct_json_formats(operation)
        _add_errors(operation, method)
        add_header_parameters(path, method, operation)
        add_response_headers(path, method, operation)
        add_examples(path, operation)
        operation["responses"] = dict(sorted(operation["responses"].items()))
    add_links(openapi)
    shared: dict[str, Any] = _replace(openapi, _refer_to_shared_schema)
    shared["components"]["schemas"] |= SHARED_SCHEMAS
    return shared


def _add_problem(schemas: dict[str, Any]) -> None:
    schema = TypeAdapter(ProblemBody).json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs")
    schemas["Problem"] = schema | {"title": "Problem"}


def _operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _drop_null(operation: Operation) -> None:
    """A parameter can be left out, but not null."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        choices = [choice for choice in schema.get("anyOf", ()) if choice != NULL]
        if len(choices) == 1:
            others = {name: value for name, value in schema.items() if name != "anyOf"}
            parameter["schema"] = {**choices[0], **others}


def _correct_json_formats(operation: Operation) -> None:
    """FastAPI takes a streamed response for text, also if its format is one of JSON."""
    for response in operation["responses"].values():
        for media_type, content in response.get("content", {}).items():
            if media_type.endswith("+json") and content.get("schema") == {"type": "string"}:
                content["schema"] = {"type": "object"}


def _add_errors(operation: Operation, method: str) -> None:
    responses = operation["responses"]
    if _is_framework_error(responses.get("422", {})):
        del responses["422"]
    for status, response in problems(*_common_errors(operation, method)).items():
        _merge(responses, str(status), response)


def _common_errors(operation: Operation, method: str) -> Iterator[type[errors.CampaignError]]:
    yield from COMMON_ERRORS
    if method.upper() in METHODS_WITH_BODY:
        yield from READING_ERRORS
    if "requestBody" in operation:
        yield from BODY_ERRORS
    if method == "post":
        yield from IDEMPOTENCY_ERRORS
    if "security" in operation or is_relayed(operation):
        yield errors.Forbidden
    if method != "get" and "security" not in operation:
        yield errors.RateLimited
    if operation.get(SUBMISSIONS):
        yield errors.QueueFull


def _is_framework_error(response: dict[str, Any]) -> bool:
    return "application/json" in response.get("content", {})


def _merge(responses: dict[str, Any], status: str, response: dict[str, Any]) -> None:
    known = responses.get(status)
    if known is None:
        responses[status] = response
    elif MEDIA_TYPE in known.get("content", {}):
        known["description"] += " · " + response["description"]


def _replace(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, Mapping):
        return change({name: _replace(part, change) for name, part in value.items()})
    if isinstance(value, list | tuple):
        return [_replace(part, change) for part in value]
    return value


def _refer_to_shared_schema(schema: dict[str, Any]) -> dict[str, Any]:
    for name, shared in SHARED_SCHEMAS.items():
        if shared.items() <= schema.items():
            others = {key: value for key, value in schema.items() if key not in {*shared, "title"}}
            return {"$ref": f"#/components/schemas/{name}", **others}
    return schema
