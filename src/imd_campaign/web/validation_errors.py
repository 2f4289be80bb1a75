from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from imd_campaign.errors import FieldError, InvalidBody, InvalidParameter, InvalidRequest
from imd_campaign.web.http_errors import HttpError, MalformedBody

Location = Literal["path", "query", "header", "body"]

MAX_FIELD_LENGTH = 100
MESSAGES = {
    "missing": "is required.",
    "extra_forbidden": "is not a known field.",
    "string_too_short": "must have at least {min_length} character(s).",
    "string_too_long": "must have at most {max_length} characters.",
    "string_type": "must be text.",
    "string_unicode": "is not valid Unicode.",
    "string_pattern_mismatch": "does not match the required format.",
    "bool_type": "must be true or false.",
    "bool_parsing": "must be true or false.",
    "int_type": "must be a whole number.",
    "int_parsing": "must be a whole number.",
    "int_from_float": "must be a whole number.",
    "int_parsing_size": "is too large.",
    "float_type": "must be a number.",
    "float_parsing": "must be a number.",
    "finite_number": "must be a finite number.",
    "greater_than": "must be more than {gt}.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than": "must be less than {lt}.",
    "less_than_equal": "must be at most {le}.",
    "list_type": "must be a list.",
    "too_short": "is too short: it must have at least {min_length}.",
    "too_long": "is too long: it may have at most {max_length}.",
    "dict_type": "must be an object.",
    "model_type": "must be an object.",
    "model_attributes_type": "must be an object.",
    "literal_error": "must be one of {expected}.",
    "enum": "must be one of {expected}.",
    "datetime_type": "is not a date and time.",
    "datetime_parsing": "is not a date and time.",
    "datetime_from_date_parsing": "is not a date and time.",
    "timezone_aware": "must have an offset from UTC.",
    "date_type": "is not a date.",
    "date_parsing": "is not a date.",
    "date_from_datetime_parsing": "is not a date.",
    "date_from_datetime_inexact": "is not a date.",
}


def to_request_error(reported: Sequence[Any]) -> InvalidRequest | HttpError:
    if any(error["type"] == "json_invalid" for error in reported):
        return MalformedBody()
    errors = [_to_field_error(error) for error in reported]
    parameters = [error for error in errors if error.in_ != "body"]
    return InvalidParameter(*parameters) if parameters else InvalidBody(*errors)


def _to_field_error(error: Mapping[str, Any]) -> FieldError:
    location, *path = error["loc"]
    # The third `kind=` of a query is still `kind`; the third line of an address is `lines.2`.
    path_parts = path if location == "body" else path[:1]
    field = ".".join(str(part)[:MAX_FIELD_LENGTH] for part in path_parts)
    return FieldError(cast("Location", location), field, _message(error))


def _message(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    return MESSAGES.get(error["type"], "cannot be accepted.").format(**context)
