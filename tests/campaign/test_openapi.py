import re

import openapi_spec_validator
import pytest
from jsonschema import Draft202012Validator

from imd_campaign.web.problems import PROBLEMS

pytestmark = pytest.mark.anyio

ELSEWHERE = re.compile(r"(src|href|url\()\s*=?\s*[\"']?(https?:)?//")


async def operations(client):
    document = (await client.get("/v1/openapi.json")).json()
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_document_is_openapi_3_1(client):
    response = await client.get("/v1/openapi.json")
    assert response.json()["openapi"].startswith("3.1.")


async def test_every_schema_reference_resolves(client):
    response = await client.get("/v1/openapi.json")
    schemas = response.json()["components"]["schemas"]
    found = set(re.findall(r'"#/components/schemas/([^"]+)"', response.text))
    assert found <= schemas.keys()
    assert "HTTPValidationError" not in schemas


async def test_every_documented_error_is_a_problem(client):
    for path, method, operation in await operations(client):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                kinds = list(response["content"])
                assert (path, method, kinds) == (path, method, ["application/problem+json"])


async def test_every_operation_has_a_summary_and_a_tag(client):
    for _, _, operation in await operations(client):
        assert operation["summary"]
        assert len(operation["tags"]) == 1


async def test_every_documented_post_accepts_an_idempotency_key(client):
    for _, method, operation in await operations(client):
        names = [parameter["name"] for parameter in operation.get("parameters", ())]
        assert ("Idempotency-Key" in names) == (method == "post")


async def test_docs_page_lists_every_operation_and_problem(client):
    page = (await client.get("/v1/docs")).text
    for path, _, operation in await operations(client):
        assert f"<code>{path}</code>" in page
        assert f'id="{operation["operationId"]}"' in page
    for problem in PROBLEMS:
        assert f"/v1/problems/{problem.name}" in page


async def test_docs_page_loads_no_external_resources_or_scripts(client):
    response = await client.get("/v1/docs")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not ELSEWHERE.search(response.text)
    assert "<script" not in response.text


def fill_in_examples(path, operation):
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
    return path


async def test_document_is_valid_openapi(client):
    openapi_spec_validator.validate((await client.get("/v1/openapi.json")).json())


async def test_every_path_parameter_and_body_has_an_example(client):
    for path, _, operation in await operations(client):
        assert "{" not in fill_in_examples(path, operation)
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in media


async def test_examples_of_parameters_and_bodies_have_their_schema(client):
    document = (await client.get("/v1/openapi.json")).json()
    for _, _, operation in await operations(client):
        described = [p for p in operation.get("parameters", ()) if "example" in p]
        described += operation.get("requestBody", {}).get("content", {}).values()
        for value in described:
            schema = {**value["schema"], "components": document["components"]}
            Draft202012Validator(schema).validate(value["example"])


async def test_every_link_fills_in_parameters_of_its_operation(client):
    found = {operation["operationId"]: operation for _, _, operation in await operations(client)}
    linked = 0
    for operation in found.values():
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                names = {p["name"] for p in found[link["operationId"]].get("parameters", ())}
                assert link.get("parameters", {}).keys() <= names
                linked += 1
    assert linked > 40


async def test_public_responses_have_the_documented_etag(client, petition):
    """Responses that have one in the document have one, and no others."""
    tried = 0
    for path, method, operation in await operations(client):
        if method == "get":
            response = await client.get(fill_in_examples(path, operation))
            if response.status_code == 200:
                documented = "ETag" in operation["responses"]["200"]["headers"]
                assert (path, "etag" in response.headers) == (path, documented)
                tried += 1
    assert tried > 10


async def test_known_response_is_a_documented_304(client, petition):
    path = "/v1/petitions/{slug}"
    tag = (await client.get(f"/v1/petitions/{petition}")).headers["etag"]
    response = await client.get(f"/v1/petitions/{petition}", headers={"If-None-Match": tag})
    document = (await client.get("/v1/openapi.json")).json()
    assert response.status_code == 304
    assert "304" in document["paths"][path]["get"]["responses"]


INVALID_REQUESTS = [
    {"params": {"nosuch": "1"}},
    {"content": b"{", "headers": {"Content-Type": "application/json"}},
    {"content": b"a=1", "headers": {"Content-Type": "text/plain"}},
    {"content": b" " * 70_000, "headers": {"Content-Type": "application/json"}},
    {"json": {}, "headers": {"Idempotency-Key": "short"}},
]


@pytest.mark.parametrize("invalid", INVALID_REQUESTS)
async def test_missing_key_or_scope_is_reported_before_anything_else(client, key, invalid):
    headers = invalid.get("headers", {})
    tried = 0
    for path, method, operation in await operations(client):
        if "security" in operation:
            url = fill_in_examples(path, operation)
            without = await client.request(method, url, **invalid)
            other = {**invalid, "headers": {**headers, **key("submissions:relay")}}
            with_another = await client.request(method, url, **other)
            found = (without.status_code, with_another.status_code)
            assert (path, method, *found) == (path, method, 401, 403)
            tried += 1
    assert tried >= 10
