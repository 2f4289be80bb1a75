"""Prints the keys of a campaign's files as tables, for docs/campaign/files.md.

python scripts/campaign_format.py | python scripts/update_tables.py docs/campaign/files.md
"""

from collections.abc import Iterator
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from imd_campaign.campaign_files.schemas import FILES

WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    datetime: "date and time",
}


def main() -> None:
    for name, model in FILES.items():
        print(make_table(name, model))


def make_table(name: str, model: type[BaseModel]) -> str:
    rows = [f"| Key of `{name}` | Value | Meaning |", "|---|---|---|", *_make_rows("", model)]
    return "".join(f"{row}\n" for row in rows)


def _make_rows(prefix: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        annotation, key = _strip(field.annotation), f"{prefix}{name}"
        yield f"| `{key}` | {_describe(annotation, field)} | {field.description} |"
        yield from _make_inner_rows(key, annotation)


def _make_inner_rows(key: str, annotation: Any) -> Iterator[str]:
    inner, suffix = annotation, ""
    if get_origin(annotation) is list:
        inner, suffix = _strip(get_args(annotation)[0]), "[]"
    elif get_origin(annotation) is dict:
        inner, suffix = _strip(get_args(annotation)[1]), ".LANG"
    if _is_model(inner):
        yield from _make_rows(f"{key}{suffix}.", inner)


def _describe(annotation: Any, field: FieldInfo) -> str:
    value = _name(annotation)
    if field.is_required():
        return f"{value}, required"
    return value if field.default in (None, "", []) else f"{value}; default {_write(field.default)}"


def _write(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in get_args(annotation))
    if origin is list:
        return "list of " + _name_plural(_strip(get_args(annotation)[0]))
    if origin is dict:
        inner = _strip(get_args(annotation)[1])
        return "a table for each language" if _is_model(inner) else "text for each language"
    return "table" if _is_model(annotation) else WORDS[annotation]


def _name_plural(annotation: Any) -> str:
    return "tables" if _is_model(annotation) else f"{WORDS[annotation]}s"


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


if __name__ == "__main__":
    main()
