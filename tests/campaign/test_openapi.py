import re

import pytest

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
