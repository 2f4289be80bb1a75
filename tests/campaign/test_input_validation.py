"""Whatever a POST or a list takes, from the OpenAPI document: bad input is refused by name."""

import re
from collections.abc import Iterator

import pytest

from imd_campaign.keys.service import SCOPES

pytestmark = pytest.mark.anyio

GARBAGE = "!" * 2000
WRONG = {"no": "such"}
VARIABLE = re.compile(r"\{\w+\}")


@pytest.fixture
def everything(key):
    return key(*SCOPES)


def somewhere(path: str) -> str:
    return VARIABLE.sub("something", path)


def operations(app, method: str) -> Iterator[tuple[str, dict]]:
    for path, methods in app.state.document["paths"].items():
        if method in methods:
            yield path, methods[method]


def resolved(app, schema: dict) -> dict:
    name = schema.get("$ref", "").rpartition("/")[2]
    return app.state.document["components"]["schemas"][name] if name else schema


def body_of(app, operation: dict) -> dict:
    content = operation.get("requestBody", {}).get("content", {})
    schema = resolved(app, content.get("application/json", {}).get("schema", {}))
    parts = [resolved(app, part) for part in schema.get("anyOf", ())]
    return next((part for part in parts if "properties" in part), schema)


def named(answer) -> set[str]:
    return {fault["field"].partition(".")[0] for fault in answer.json().get("errors", ())}


def assert_documented(operation: dict, answer) -> None:
    described = operation["responses"][str(answer.status_code)]
    assert answer.headers["content-type"] in described["content"]


async def test_every_invalid_query_parameter_is_reported(app, client, everything):
    tried = 0
    for path, operation in operations(app, "get"):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            name = parameter["name"]
            answer = await client.get(somewhere(path), params={name: GARBAGE}, headers=everything)
            assert (path, name, answer.status_code) == (path, name, 400)
            assert name in named(answer)
            assert GARBAGE not in answer.text
            assert_documented(operation, answer)
            tried += 1
    assert tried > 20


async def test_unknown_query_parameter_is_rejected_by_every_endpoint(app, client, everything):
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            answer = await client.request(
                method, somewhere(path), params={"nosuch": "1"}, headers=everything
            )
            assert (path, answer.status_code, named(answer)) == (path, 400, {"nosuch"})
            assert_documented(operation, answer)


async def test_repeated_scalar_parameter_is_rejected(app, client, everything):
    for path, operation in operations(app, "get"):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query" or "array" in str(parameter["schema"]):
                continue
            twice = [(parameter["name"], "1")] * 2
            answer = await client.get(somewhere(path), params=twice, headers=everything)
            assert (path, answer.status_code, named(answer)) == (path, 400, {parameter["name"]})


async def test_every_invalid_body_field_is_reported(app, client, everything):
    tried = 0
    for path, operation in operations(app, "post"):
        for name in body_of(app, operation).get("properties", ()):
            answer = await client.post(somewhere(path), json={name: WRONG}, headers=everything)
            assert (path, name, answer.status_code) == (path, name, 422)
            assert name in named(answer)
            assert_documented(operation, answer)
            tried += 1
    assert tried > 20


async def test_every_missing_required_field_is_reported(app, client, everything):
    for path, operation in operations(app, "post"):
        required = set(body_of(app, operation).get("required", ()))
        answer = await client.post(somewhere(path), json={}, headers=everything)
        if required:
            assert (path, answer.status_code, named(answer)) == (path, 422, required)


async def test_every_post_rejects_unknown_fields(app, client, everything):
    for path, operation in operations(app, "post"):
        answer = await client.post(somewhere(path), json={"nosuch": 1}, headers=everything)
        assert (path, answer.status_code) == (path, 422)
        assert "nosuch" in named(answer)
        assert_documented(operation, answer)


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": "\xff"}', b"[" * 20_000, b"nonsense"])
async def test_every_post_rejects_malformed_json(app, client, everything, body):
    headers = everything | {"Content-Type": "application/json"}
    for path, operation in operations(app, "post"):
        answer = await client.post(somewhere(path), content=body, headers=headers)
        assert (path, answer.status_code) == (path, 400)
        assert answer.json()["type"] == "/v1/problems/malformed-body"
        assert_documented(operation, answer)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
async def test_every_post_with_required_fields_rejects_non_objects(app, client, everything, body):
    headers = everything | {"Content-Type": "application/json"}
    for path, operation in operations(app, "post"):
        if body_of(app, operation).get("required"):
            answer = await client.post(somewhere(path), content=body, headers=headers)
            assert (path, answer.status_code) == (path, 422)


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
    app, client, everything, other
):
    kind, content, status = other
    headers = everything | {"Content-Type": kind}
    for path, operation in operations(app, "post"):
        answer = await client.post(somewhere(path), content=content, headers=headers)
        assert (path, answer.status_code) == (path, status)
        assert_documented(operation, answer)


@pytest.mark.parametrize(
    "header", ["imd_", "Bearer", "Bearer x", "Basic YTpi", "Bearer imd_" + "a" * 38]
)
async def test_unknown_key_is_rejected_by_every_endpoint(app, client, header):
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            answer = await client.request(
                method, somewhere(path), headers={"Authorization": header}
            )
            assert (path, answer.status_code) == (path, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert_documented(operation, answer)


async def test_protected_endpoints_require_a_key_and_its_scope(app, client, key):
    guarded = 0
    for method in ("get", "post"):
        for path, operation in operations(app, method):
            for need in operation.get("security", ()):
                guarded += 1
                nobody = await client.request(method, somewhere(path))
                other = await client.request(method, somewhere(path), headers=key())
                assert (path, nobody.status_code, other.status_code) == (path, 401, 403)
                assert other.json()["scope"] == need["key"][0]
                assert_documented(operation, other)
    assert guarded >= 5


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/petitions/", "/v1/nothing", "/v1/a%00b"])
async def test_unknown_path_returns_a_problem(client, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/v1/problems/not-found")


async def test_every_path_rejects_other_methods_and_lists_the_allowed_ones(app, client):
    for path, methods in app.state.document["paths"].items():
        answer = await client.delete(somewhere(path))
        allowed = {method.upper() for method in methods} | {"OPTIONS"}
        allowed |= {"HEAD"} if "get" in methods else set()
        assert (path, answer.status_code) == (path, 405)
        assert set(answer.headers["allow"].split(", ")) >= allowed
