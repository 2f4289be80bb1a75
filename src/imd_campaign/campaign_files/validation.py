"""Check a TOML file against the model of its format, and explain every error."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from imd_campaign.campaign_files.problems import Problem, suggest
from imd_campaign.campaign_files.schemas import FORMS

PLACEHOLDER = "FILL IN"
PLACEHOLDER_LEFT = f"still has a placeholder. Replace the text that begins with {PLACEHOLDER!r}."
TOO_MANY_DIGITS = "has a number with too many digits."
TOO_DEEP = "has too many lists or tables inside each other."
# For types of errors of pydantic; what they have in braces is in their context.
MESSAGES = {
    "string_type": "must be a text in quotation marks.",
    "int_type": "must be a whole number without quotation marks.",
    "float_type": "must be a number without quotation marks.",
    "finite_number": "must be a number.",
    "bool_type": "must be true or false, without quotation marks.",
    "list_type": "must be a list: values in square brackets, or tables such as [[{name}]].",
    "dict_type": "must be a table, such as [{name}].",
    "model_type": "must be a table, such as [{name}].",
    "greater_than_equal": "must be at least {ge:,}.",
    "less_than_equal": "must be at most {le:,}.",
    "string_too_short": "must not be empty.",
    "string_too_long": "is too long: at most {max_length:,} characters.",
}
QUOTED = re.compile(r"'([^']*)'")
M = TypeVar("M", bound=BaseModel)
Location = Sequence[int | str]


def parse(file: str, text: str, model: type[M]) -> M | list[Problem]:
    """Return what a file says, or all that is wrong with it."""
    try:
        data = tomllib.loads(text)
        problems = [Problem(file, key, PLACEHOLDER_LEFT) for key in _find_placeholders(data)]
    except tomllib.TOMLDecodeError as error:
        return [Problem(file, "", f"is not valid TOML: {error}.")]
    except ValueError:  # of int(), which reads at most 4,300 digits
        return [Problem(file, "", TOO_MANY_DIGITS)]
    except RecursionError:
        return [Problem(file, "", TOO_DEEP)]
    try:
        parsed = model.model_validate(data)
    except ValidationError as error:
        placeholders = {problem.key for problem in problems}
        others = (_explain(file, model, detail) for detail in error.errors())
        return [*problems, *(other for other in others if other.key not in placeholders)]
    return problems or parsed


def _find_placeholders(value: Any, location: Location = ()) -> Iterator[str]:
    if isinstance(value, str) and PLACEHOLDER in value:
        yield write_key(location)
    parts: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, Mapping):
        parts = iter(value.items())
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from _find_placeholders(part, (*location, name))


def write_key(location: Location) -> str:
    """Write where something is: `events[2].title` is the title of the second event."""
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return key.removeprefix(".")


def _explain(file: str, model: type[BaseModel], error: ErrorDetails) -> Problem:
    """Explain an error without repeating the value, which can be somebody's address."""
    key = write_key(_locate(error))
    return Problem(file, key, write_message(model, error))


def _locate(error: ErrorDetails) -> Location:
    return [part for part in error["loc"] if part != "[key]"]


def write_message(model: type[BaseModel], error: ErrorDetails) -> str:
    """Say what is wrong with a value, in words of people who write it."""
    context, location = error.get("ctx", {}), _locate(error)
    match error["type"]:
        case "extra_forbidden":
            known = _list_keys(model, location[:-1])
            return f"is not a known key.{suggest(str(location[-1]), known) or _list(known)}"
        case "missing":
            return "is missing."
        case "literal_error":
            known = QUOTED.findall(context["expected"])
            return f"must be one of: {', '.join(known)}.{suggest(error['input'], known)}"
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
        case _:
            return _describe_value(location, error)


def _describe_value(location: Location, error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return f"must be {FORMS[context['pattern']]}."
    if kind == "too_short":
        return MESSAGES["string_too_short"]
    if kind == "too_long":  # a list, or a text that a validator has changed
        unit = "characters" if isinstance(error["input"], str) else "entries"
        return f"is too long: at most {context['max_length']:,} {unit}."
    if kind in MESSAGES:
        name = write_key([part for part in location if isinstance(part, str)])
        return MESSAGES[kind].format(name=name, **context)
    return f"{error['msg']}."


def _list(known: Sequence[str]) -> str:
    return f" Known keys: {', '.join(known)}." if known else ""


def _list_keys(model: type[BaseModel], location: Location) -> Sequence[str]:
    """Return the keys of the table at a location."""
    annotation: Any = model
    for part in location:
        annotation = _step(annotation, part)
    found = _strip(annotation)
    return list(found.model_fields) if _is_model(found) else []


def _step(annotation: Any, part: int | str) -> Any:
    stripped = _strip(annotation)
    if _is_model(stripped):
        return stripped.model_fields[str(part)].annotation
    arguments = get_args(stripped)
    return arguments[-1] if arguments else None


def _strip(annotation: Any) -> Any:
    """Remove `Annotated` and `| None`."""
    while (origin := get_origin(annotation)) in (Annotated, Union, UnionType):
        arguments = get_args(annotation)
        if origin is not Annotated:
            arguments = tuple(part for part in arguments if part is not NoneType)
        annotation = arguments[0]
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
