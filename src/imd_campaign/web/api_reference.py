"""The OpenAPI document as sections, operations and fields that a page can show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imd_campaign.web.openapi_validation import METHODS

Schema = Mapping[str, Any]

MAX_DEPTH = 4
MAX_LISTED_VALUES = 20  # not the codes of all countries
REFERENCE = "#/components/schemas/"
LIMIT_NOTES = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "maxLength": "up to {} characters",
    "minItems": "at least {} items",
    "maxItems": "up to {} items",
}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    is_required: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Parameter:
    field: Field
    in_: str


@dataclass(frozen=True, slots=True)
class ResponseDoc:
    status: str
    description: str
    media_type: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    scopes: Sequence[str]
    parameters: Sequence[Parameter]
    body: Sequence[Field]
    responses: Sequence[ResponseDoc]
    problems: Sequence[ResponseDoc]


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    operations: Sequence[Operation]


def make_sections(document: Mapping[str, Any]) -> Sequence[Section]:
    by_tag: dict[str, list[Operation]] = {}
    schemas = _Schemas(document["components"]["schemas"])
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                by_tag.setdefault(operation["tags"][0], []).append(
                    _make_operation(path, method, operation, schemas)
                )
    return [Section(name, operations) for name, operations in by_tag.items()]


def _make_operation(path: str, method: str, source: Schema, schemas: "_Schemas") -> Operation:
    responses = [
        _make_response(status, response, schemas)
        for status, response in source["responses"].items()
    ]
    return Operation(
        id=source["operationId"],
        method=method.upper(),
        path=path,
        summary=source["summary"],
        scopes=[scope for need in source.get("security", ()) for scope in need.get("key", ())],
        parameters=[_make_parameter(p, schemas) for p in source.get("parameters", ())],
        body=_make_body(source, schemas),
        responses=[response for response in responses if "problem" not in response.media_type],
        problems=[response for response in responses if "problem" in response.media_type],
    )


def _make_parameter(source: Schema, schemas: "_Schemas") -> Parameter:
    schema = source["schema"]
    notes = [source["description"]] if "description" in source else []
    field = Field(
        source["name"],
        schemas.describe_type(schema),
        source.get("required", False),
        [*notes, *schemas.list_notes(schema)],
    )
    return Parameter(field, source["in"])


def _make_body(source: Schema, schemas: "_Schemas") -> Sequence[Field]:
    content = source.get("requestBody", {}).get("content", {})
    return [field for media in content.values() for field in schemas.list_fields(media["schema"])]


def _make_response(status: str, source: Schema, schemas: "_Schemas") -> ResponseDoc:
    content: Mapping[str, Schema] = source.get("content", {})
    media_type = next(iter(content), "")
    is_problem = "problem" in media_type
    shown: list[Schema] = (
        [] if is_problem else [media.get("schema", {}) for media in content.values()]
    )
    fields = [field for schema in shown for field in schemas.list_fields(schema)]
    return ResponseDoc(status, source["description"], media_type, fields)


class _Schemas:
    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def list_fields(self, schema: Schema, prefix: str = "", depth: int = 0) -> Iterator[Field]:
        inner = self._find_object(schema)
        required = inner.get("required", ())
        for name, value in inner.get("properties", {}).items():
            yield Field(
                prefix + name, self.describe_type(value), name in required, self.list_notes(value)
            )
            if depth < MAX_DEPTH:
                step = "[]." if self._is_list(value) else "."
                yield from self.list_fields(value, prefix + name + step, depth + 1)

    def describe_type(self, schema: Schema) -> str:
        schema = self._resolve(schema)
        if choices := schema.get("anyOf"):
            return " or ".join(dict.fromkeys(self.describe_type(choice) for choice in choices))
        if schema.get("type") == "array":
            return f"list of {self.describe_type(schema.get('items', {}))}"
        kind = {
            "date-time": "time",
            "date": "date",
            "email": "e-mail address",
            "iri": "URL",
            "time-zone": "IANA time zone",
        }
        return kind.get(schema.get("format", ""), str(schema.get("type", "any")))

    def list_notes(self, schema: Schema) -> list[str]:
        found = [note for part in self._walk_parts(schema) for note in _list_notes(part)]
        if isinstance(schema.get("default"), int):
            found.append(f"default {schema['default']}".lower())
        return found

    def _walk_parts(self, schema: Schema) -> Iterator[Schema]:
        schema = self._resolve(schema)
        yield schema
        for part in (*schema.get("anyOf", ()), *filter(None, [schema.get("items")])):
            yield from self._walk_parts(part)

    def _find_object(self, schema: Schema) -> Schema:
        """Return the object itself, also from a list or an optional field."""
        return next((part for part in self._walk_parts(schema) if "properties" in part), {})

    def _is_list(self, schema: Schema) -> bool:
        return any(part.get("type") == "array" for part in self._walk_parts(schema))

    def _resolve(self, schema: Schema) -> Schema:
        reference = schema.get("$ref", "")
        return self._schemas[reference.removeprefix(REFERENCE)] if reference else schema


def _list_notes(schema: Schema) -> Iterator[str]:
    if "description" in schema:
        yield schema["description"]
    values = schema.get("enum", ())
    if 0 < len(values) <= MAX_LISTED_VALUES:
        yield "one of " + ", ".join(map(str, values))
    if "const" in schema:
        yield f"always {schema['const']}"
    for name, words in LIMIT_NOTES.items():
        if name in schema:
            yield words.format(schema[name])
