"""The OpenAPI document as sections, operations and fields that a page can show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imd_campaign.web.openapi_validation import METHODS

Schema = Mapping[str, Any]

MAX_DEPTH = 4
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
    required: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Parameter:
    field: Field
    place: str


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


def sections(document: Mapping[str, Any]) -> Sequence[Section]:
    by_tag: dict[str, list[Operation]] = {}
    shapes = _Shapes(document["components"]["schemas"])
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                by_tag.setdefault(operation["tags"][0], []).append(
                    _operation(path, method, operation, shapes)
                )
    return [Section(name, operations) for name, operations in by_tag.items()]


def _operation(path: str, method: str, source: Schema, shapes: "_Shapes") -> Operation:
    responses = [_response(status, a, shapes) for status, a in source["responses"].items()]
    return Operation(
        id=source["operationId"],
        method=method.upper(),
        path=path,
        summary=source["summary"],
        scopes=[scope for need in source.get("security", ()) for scope in need.get("key", ())],
        parameters=[_parameter(p, shapes) for p in source.get("parameters", ())],
        body=_body(source, shapes),
        responses=[response for response in responses if "problem" not in response.media_type],
        problems=[response for response in responses if "problem" in response.media_type],
    )


def _parameter(source: Schema, shapes: "_Shapes") -> Parameter:
    schema = source["schema"]
    notes = [source["description"]] if "description" in source else []
    field = Field(
        source["name"],
        shapes.type_of(schema),
        source.get("required", False),
        [*notes, *shapes.notes(schema)],
    )
    return Parameter(field, source["in"])


def _body(source: Schema, shapes: "_Shapes") -> Sequence[Field]:
    content = source.get("requestBody", {}).get("content", {})
    return [field for media in content.values() for field in shapes.fields(media["schema"])]


def _response(status: str, source: Schema, shapes: "_Shapes") -> ResponseDoc:
    content: Mapping[str, Schema] = source.get("content", {})
    media_type = next(iter(content), "")
    is_problem = "problem" in media_type
    shown: list[Schema] = (
        [] if is_problem else [media.get("schema", {}) for media in content.values()]
    )
    fields = [field for schema in shown for field in shapes.fields(schema)]
    return ResponseDoc(status, source["description"], media_type, fields)


class _Shapes:
    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def fields(self, schema: Schema, prefix: str = "", depth: int = 0) -> Iterator[Field]:
        inner = self._inner(schema)
        required = inner.get("required", ())
        for name, value in inner.get("properties", {}).items():
            yield Field(prefix + name, self.type_of(value), name in required, self.notes(value))
            if depth < MAX_DEPTH:
                step = "[]." if self._is_list(value) else "."
                yield from self.fields(value, prefix + name + step, depth + 1)

    def type_of(self, schema: Schema) -> str:
        schema = self._resolve(schema)
        if choices := schema.get("anyOf"):
            return " or ".join(dict.fromkeys(self.type_of(choice) for choice in choices))
        if schema.get("type") == "array":
            return f"list of {self.type_of(schema.get('items', {}))}"
        kind = {"date-time": "time", "date": "date", "email": "e-mail address"}
        return kind.get(schema.get("format", ""), str(schema.get("type", "any")))

    def notes(self, schema: Schema) -> list[str]:
        found = [note for part in self._parts(schema) for note in _notes(part)]
        if isinstance(schema.get("default"), int):
            found.append(f"default {schema['default']}".lower())
        return found

    def _parts(self, schema: Schema) -> Iterator[Schema]:
        schema = self._resolve(schema)
        yield schema
        for part in (*schema.get("anyOf", ()), *filter(None, [schema.get("items")])):
            yield from self._parts(part)

    def _inner(self, schema: Schema) -> Schema:
        """The object that is meant: of a list its item, of an optional one itself."""
        return next((part for part in self._parts(schema) if "properties" in part), {})

    def _is_list(self, schema: Schema) -> bool:
        return any(part.get("type") == "array" for part in self._parts(schema))

    def _resolve(self, schema: Schema) -> Schema:
        reference = schema.get("$ref", "")
        return self._schemas[reference.removeprefix(REFERENCE)] if reference else schema


def _notes(schema: Schema) -> Iterator[str]:
    if "description" in schema:
        yield schema["description"]
    if values := schema.get("enum"):
        yield "one of " + ", ".join(map(str, values))
    if "const" in schema:
        yield f"always {schema['const']}"
    for name, words in LIMIT_NOTES.items():
        if name in schema:
            yield words.format(schema[name])
