"""Invalid input to every operation in the OpenAPI document is rejected, and its field is named."""

import re
from collections.abc import Iterator

import pytest

from imd_campaign.api_keys.service import SCOPES

pytestmark = pytest.mark.anyio

GARBAGE = "!" * 2000
INVALID = {"no": "such"}
VARIABLE = re.compile(r"\{\w+\}")


@pytest.fixture
def all_scopes(key):
    return key(*SCOPES)


def fill_path(path: str) -> str:
    return VARIABLE.sub("something", path)


def operations(app, method: str) -> Iterator[tuple[str, dict]]:
    for path, methods in app.state.document["paths"].items():
        if method in methods:
            yield path, methods[method]


def resolve(app, schema: dict) -> dict:
    name = schema.get("$ref", "").rpartition("/")[2]
    return app.state.document["components"]["schemas"][name] if name else schema


def find_body_schema(app, operation: dict) -> dict:
    content = operation.get("requestBody", {}).get("content", {})
    schema = resolve(app, content.get("application/json", {}).get("schema", {}))
    parts = [schema, *(resolve(app, part) for part in schema.get("anyOf", ()))]
    return next((part for part in parts if "properties" in part), schema)


def reported_fields(response) -> set[str]:
    return {error["field"].partition(".")[0] for error in response.json().get("errors", ())}


def assert_documented(operation: dict, response) -> None:
    described = operation["responses"][str(response.status_code)]
    assert response.headers["content-type"] in described["content"]


@pytest.mark.parametrize("segment", ["two%20words", "%E2%82%AC", "a" * 101])
async def test_every_invalid_path_parameter_is_reported(app, client, all_scopes, segment):
    tried = 0
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            for variable in VARIABLE.findall(path):
                name = variable.strip("{}")
                invalid = fill_path(path.replace(variable, segment))
                body = {} if method == "post" else None
                response = await client.request(method, invalid, json=body, headers=all_scopes)
                assert (path, response.status_code, reported_fields(response)) == (
                    path,
                    400,
                    {name},
                )
                assert_documented(operation, response)
                tried += 1
    assert tried >= 15


async def test_every_path_parameter_has_a_documented_pattern(app):
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            schemas = {
                parameter["name"]: parameter["schema"]
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "path"
            }
            assert {f"{{{name}}}" for name in schemas} == set(VARIABLE.findall(path))
            for schema in schemas.values():
                assert (path, schema.get("pattern")) == (path, "^[A-Za-z0-9._-]{1,100}$")


async def test_every_invalid_query_parameter_is_reported(app, client, all_scopes):
    tried = 0
    for path, operation in operations(app, "get"):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            name = parameter["name"]
            response = await client.get(fill_path(path), params={name: GARBAGE}, headers=all_scopes)
            assert (path, name, response.status_code) == (path, name, 400)
            assert name in reported_fields(response)
            assert GARBAGE not in response.text
            assert_documented(operation, response)
            tried += 1
    assert tried > 20


async def test_unknown_query_parameter_is_rejected_by_every_endpoint(app, client, all_scopes):
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            response = await client.request(
                method, fill_path(path), params={"nosuch": "1"}, headers=all_scopes
            )
            assert (path, response.status_code, reported_fields(response)) == (
                path,
                400,
                {"nosuch"},
            )
            assert_documented(operation, response)


async def test_repeated_scalar_parameter_is_rejected(app, client, all_scopes):
    for path, operation in operations(app, "get"):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query" or "array" in str(parameter["schema"]):
                continue
            twice = [(parameter["name"], "1")] * 2
            response = await client.get(fill_path(path), params=twice, headers=all_scopes)
            assert (path, response.status_code, reported_fields(response)) == (
                path,
                400,
                {parameter["name"]},
            )


async def test_every_invalid_body_field_is_reported(app, client, all_scopes):
    tried = 0
    for path, operation in operations(app, "post"):
        for name in find_body_schema(app, operation).get("properties", ()):
            response = await client.post(fill_path(path), json={name: INVALID}, headers=all_scopes)
            assert (path, name, response.status_code) == (path, name, 422)
            assert name in reported_fields(response)
            assert_documented(operation, response)
            tried += 1
    assert tried > 20


async def test_every_missing_required_field_is_reported(app, client, all_scopes):
    for path, operation in operations(app, "post"):
        required = set(find_body_schema(app, operation).get("required", ()))
        response = await client.post(fill_path(path), json={}, headers=all_scopes)
        if required:
            assert (path, response.status_code, reported_fields(response)) == (path, 422, required)


async def test_every_post_rejects_unknown_fields(app, client, all_scopes):
    for path, operation in operations(app, "post"):
        response = await client.post(fill_path(path), json={"nosuch": 1}, headers=all_scopes)
        assert (path, response.status_code) == (path, 422)
        assert "nosuch" in reported_fields(response)
        assert_documented(operation, response)


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": "\xff"}', b"[" * 20_000, b"nonsense"])
async def test_every_post_rejects_malformed_json(app, client, all_scopes, body):
    headers = all_scopes | {"Content-Type": "application/json"}
    for path, operation in operations(app, "post"):
        response = await client.post(fill_path(path), content=body, headers=headers)
        assert (path, response.status_code) == (path, 400)
        assert response.json()["type"] == "/v1/problems/malformed-body"
        assert_documented(operation, response)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
async def test_every_post_with_required_fields_rejects_non_objects(app, client, all_scopes, body):
    headers = all_scopes | {"Content-Type": "application/json"}
    for path, operation in operations(app, "post"):
        if find_body_schema(app, operation).get("required"):
            response = await client.post(fill_path(path), content=body, headers=headers)
            assert (path, response.status_code) == (path, 422)


JSON = "application/json"
OTHER_BODIES = [
    ("text/plain", b"{}", 415),
    ("application/x-www-form-urlencoded", b"a=b", 415),
    (f"{JSON}; charset=latin-1", b"{}", 415),
    (f"{JSON}; a=" + "x" * 200, b"{}", 415),
    ("", b"{}", 415),
    (JSON, b'"' + b"x" * 65_536 + b'"', 413),
]


@pytest.mark.parametrize("other", OTHER_BODIES, ids=lambda other: f"{other[0]}-{other[2]}")
async def test_every_post_rejects_other_media_types_and_large_bodies(
    app, client, all_scopes, other
):
    kind, content, status = other
    headers = all_scopes | {"Content-Type": kind}
    for path, operation in operations(app, "post"):
        response = await client.post(fill_path(path), content=content, headers=headers)
        assert (path, response.status_code) == (path, status)
        assert_documented(operation, response)


@pytest.mark.parametrize(
    "header", ["imd_", "Bearer", "Bearer x", "Basic YTpi", "Bearer imd_" + "a" * 38]
)
async def test_unknown_key_is_rejected_by_every_endpoint(app, client, header):
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            response = await client.request(
                method, fill_path(path), headers={"Authorization": header}
            )
            assert (path, response.status_code) == (path, 401)
            assert response.headers["www-authenticate"] == "Bearer"
            assert_documented(operation, response)


async def test_protected_endpoints_require_a_key_and_its_scope(app, client, key):
    protected = 0
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            for need in operation.get("security", ()):
                protected += 1
                without_key = await client.request(method, fill_path(path))
                without_scope = await client.request(method, fill_path(path), headers=key())
                assert (path, without_key.status_code, without_scope.status_code) == (
                    path,
                    401,
                    403,
                )
                assert without_scope.json()["scope"] == need["key"][0]
                assert_documented(operation, without_scope)
    assert protected >= 5


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/petitions/", "/v1/nothing", "/v1/a%00b"])
async def test_unknown_path_returns_a_problem(client, path):
    response = await client.get(path)
    assert (response.status_code, response.json()["type"]) == (404, "/v1/problems/not-found")


async def test_every_path_rejects_other_methods_and_lists_the_allowed_ones(app, client):
    for path, methods in app.state.document["paths"].items():
        other = next(method for method in ("patch", "put") if method not in methods)
        response = await client.request(other.upper(), fill_path(path))
        allowed = {method.upper() for method in methods} | {"OPTIONS"}
        allowed |= {"HEAD"} if "get" in methods else set()
        assert (path, response.status_code) == (path, 405)
        assert set(response.headers["allow"].split(", ")) >= allowed
