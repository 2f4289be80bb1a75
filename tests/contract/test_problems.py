"""One error shape everywhere, and an exception of the SDK for each of its types."""

import re
from pathlib import Path

import pytest

from imd_sdk import InvalidRequest, NotFound

pytestmark = pytest.mark.anyio

WIRE = (Path(__file__).parents[2] / "docs/http-api.md").read_text(encoding="utf-8")
TYPES = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", WIRE, re.MULTILINE))

REJECTED = {
    "unknown address": ("GET", "/v1/nowhere", 404),
    "unknown petition": ("GET", "/v1/petitions/nowhere", 404),
    "unknown parameter": ("GET", "/v1/petitions?page=2", 400),
    "oversized limit": ("GET", "/v1/events?limit=1000", 400),
    "foreign cursor": ("GET", "/v1/events?cursor=abc", 400),
    "wrong method": ("DELETE", "/v1/campaign", 405),
    "no body": ("POST", "/v1/petitions/convention/signatures", 422),
    "no key": ("GET", "/v1/petitions/convention/signatures", 401),
}


@pytest.mark.parametrize("name", REJECTED)
async def test_every_error_response_is_a_problem_document(http, name):
    method, path, status = REJECTED[name]
    response = await http.request(method, path)
    problem = response.json()
    assert response.status_code == status == problem["status"]
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == response.headers["x-request-id"]
    assert problem["type"].removeprefix("/v1/problems/") in TYPES


@pytest.mark.parametrize("name", TYPES)
async def test_every_type_is_explained_to_a_person(http, name):
    response = await http.get(f"/v1/problems/{name}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


async def test_a_bad_key_is_never_anonymous(http):
    response = await http.get("/v1/campaign", headers={"Authorization": "Bearer imd_nonsense"})
    assert response.status_code == 401


async def test_the_sdk_names_the_invalid_field(sdk):
    with pytest.raises(InvalidRequest) as raised:
        await sdk.petitions.sign("convention", name="Sample", email="nonsense", country="KE")
    assert [fault.field for fault in raised.value.errors] == ["email"]


async def test_the_sdk_says_not_found_with_the_request_id(sdk):
    with pytest.raises(NotFound) as raised:
        await sdk.petitions.get("nowhere")
    assert raised.value.request_id
