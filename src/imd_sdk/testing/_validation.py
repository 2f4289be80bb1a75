"""Validation of queries and bodies."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from imd_sdk.testing._problems import FieldError, Rejection, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

B = TypeVar("B", bound=BaseModel)
_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?([eE][+-]?\d{1,2})?")


def check_parameters(kind: type[BaseModel], sent: Sequence[tuple[str, str]]) -> None:
    """Refuse names that a query does not have, and names given twice that may be once."""
    lists, names = _list_names(kind), [name for name, _ in sent]
    known = {field.alias or name for name, field in kind.model_fields.items()}
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    twice = [name for name in sorted(known - lists) if names.count(name) > 1]
    errors = [FieldError("query", name[:100], "is not a known parameter.") for name in unknown]
    errors += [FieldError("query", name, "may be given only once.") for name in twice]
    if errors:
        raise Rejection("invalid-parameter", *errors)


def parse_query(kind: type[B], sent: Sequence[tuple[str, str]]) -> B:
    lists = _list_names(kind)
    values = {n: [v for m, v in sent if m == n] if n in lists else value for n, value in sent}
    return _validated(kind, values, "query", "invalid-parameter")


def _list_names(kind: type[BaseModel]) -> set[str]:
    fields = kind.model_fields.items()
    return {name for name, field in fields if isinstance(field.default, list)}


MISSING: Any = object()


def parse_json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else MISSING
    except (ValueError, RecursionError):
        raise Rejection("malformed-body") from None


def parse_body(kind: type[B], value: Any) -> B:
    """Read a parsed body; where nothing is needed, nothing will do."""
    is_optional = not any(field.is_required() for field in kind.model_fields.values())
    if is_optional and (value is MISSING or value is None):
        value = {}
    if value is MISSING:
        raise Rejection("invalid-body", FieldError("body", "", "is required."))
    return _validated(kind, value, "body", "invalid-body")


def _validated(kind: type[B], value: Any, place: str, name: str) -> B:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise Rejection(name, *_to_field_errors(place, error)) from None


def _to_field_errors(place: str, error: ValidationError) -> Iterable[FieldError]:
    for found in error.errors(include_url=False, include_input=False):
        path = found["loc"] if place == "body" else found["loc"][:1]
        yield FieldError(place, ".".join(str(part)[:100] for part in path), _message(found))


def _message(found: Any) -> str:
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    words = _WORDS.get(found["type"], "cannot be accepted.")
    return words.format(**found.get("ctx", {}))


_WORDS = {
    "missing": "is required.",
    "extra_forbidden": "is not a known field.",
    "string_type": "must be text.",
    "string_too_short": "must have at least {min_length} character(s).",
    "string_too_long": "must have at most {max_length} characters.",
    "too_short": "is too short: it must have at least {min_length}.",
    "too_long": "is too long: it may have at most {max_length}.",
    "bool_type": "must be true or false.",
    "int_type": "must be a whole number.",
    "int_parsing": "must be a whole number.",
    "float_type": "must be a number.",
    "float_parsing": "must be a number.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must be at most {le}.",
    "list_type": "must be a list.",
    "model_type": "must be an object.",
    "literal_error": "must be one of {expected}.",
    "string_pattern_mismatch": "does not match the required format.",
}


def parse_degrees(field: str, text: str, form: str) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != form.count(",") + 1 or not all(map(_NUMBER.fullmatch, parts)):
        raise invalid_parameter(field, f"must be {form}, in degrees.")
    return [float(part) for part in parts]
