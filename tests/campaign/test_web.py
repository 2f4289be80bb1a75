"""What every response of the API has in common."""

import json
import logging
import re

import httpx
import pytest
from sqlalchemy.event import listen

from imd_campaign.api_keys.service import generate_key
from imd_campaign.app import create_app, make_lifespan
from imd_campaign.web.problems import BY_NAME

pytestmark = pytest.mark.anyio

REQUEST_ID = re.compile(r"req_[0-9a-z]{26}")
FORM = {"name": "Sample Person", "email": "sample.person@example.org", "country": "ES"}
UNREACHABLE = [
    "sqlite:////proc/nowhere/campaign.sqlite3",
    "postgresql+psycopg://nobody@/nothing?host=/nowhere",
]


async def test_every_response_has_a_unique_request_id(client, petition):
    responses = [await client.get(path) for path in ["/v1/petitions", "/v1/petitions", "/nothing"]]
    ids = [response.headers["x-request-id"] for response in responses]
    assert all(REQUEST_ID.fullmatch(each) for each in ids)
    assert len(set(ids)) == 3
    assert responses[2].json()["request_id"] == ids[2]


async def test_problem_has_the_documented_fields(client):
    response = await client.post("/v1/petitions/convention/signatures", json=FORM | {"email": "x"})
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "type": "/v1/problems/invalid-body",
        "title": "The body has invalid fields",
        "status": 422,
        "detail": "email: is not an e-mail address.",
        "request_id": response.headers["x-request-id"],
        "errors": [{"in": "body", "field": "email", "message": "is not an e-mail address."}],
    }


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u00a0", "\u200b", "\u200d\u2060", "a\nb", "a\u202eb", "a\x00b", "a\x1bb", "a" * 101,
     "\ud800", 1, None, ["a"]],
)  # fmt: skip
async def test_unprintable_name_is_rejected(client, petition, name):
    body = json.dumps(FORM | {"name": name}).encode()
    response = await client.post(
        "/v1/petitions/convention/signatures",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["name"]


@pytest.mark.parametrize(
    "name", ["محمد", "O’Neill-Núñez", "李小龙", "की", "Mary  Ann", "👩‍👩‍👧 A", "e\u0301"]
)
async def test_names_in_any_script_are_accepted(client, petition, name):
    response = await client.post("/v1/petitions/convention/signatures", json=FORM | {"name": name})
    assert response.status_code == 202


async def test_matching_etag_returns_304_without_a_body(client, petition):
    first = await client.get("/v1/petitions/convention")
    tag = first.headers["etag"]
    second = await client.get("/v1/petitions/convention", headers={"If-None-Match": tag})
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    assert (second.status_code, second.content, second.headers["etag"]) == (304, b"", tag)
    assert second.headers["cache-control"] == first.headers["cache-control"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [("*", 304), ('"other"', 200), ('W/{tag}, "b"', 304), ('"b", {tag}', 304), ("nonsense", 200)],
)
async def test_if_none_match_accepts_lists_and_weak_etags(client, petition, sent, status):
    tag = (await client.get("/v1/petitions")).headers["etag"]
    response = await client.get("/v1/petitions", headers={"If-None-Match": sent.format(tag=tag)})
    assert response.status_code == status


async def test_etag_changes_with_the_response(client, petition):
    english, spanish = [
        await client.get("/v1/petitions/convention", params={"lang": lang}) for lang in ("en", "es")
    ]
    assert english.headers["etag"] != spanish.headers["etag"]


async def test_every_public_get_has_an_etag_and_is_cacheable(app, client, petition):
    for path, methods in app.state.document["paths"].items():
        if "get" not in methods or "{" in path or "security" in methods["get"]:
            continue
        response = await client.get(path)
        if response.status_code == 200 and path not in {"/healthz", "/v1/challenges"}:
            assert (path, "etag" in response.headers) == (path, True)
            assert "public" in response.headers["cache-control"]


async def test_count_is_cached_for_its_window(client, petition):
    response = await client.get("/v1/petitions/convention/count")
    assert response.headers["cache-control"] == (
        "public, max-age=30, stale-while-revalidate=60, stale-if-error=150"
    )


async def test_responses_to_keys_are_not_cached(client, petition, key):
    response = await client.get("/v1/petitions/convention", headers=key())
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_head_returns_the_headers_of_get_without_the_body(client, petition):
    get, head = [await client.request(m, "/v1/petitions/convention") for m in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers[name] == get.headers[name]


async def test_cors_allows_any_origin_to_read(client, petition):
    for path in ("/v1/petitions/convention", "/v1/petitions/nothing"):
        response = await client.get(path, headers={"Origin": "https://ally.example"})
        assert response.headers["access-control-allow-origin"] == "*"


async def test_cors_allows_no_other_origin_to_write(client, petition):
    headers = {"Origin": "https://ally.example"}
    response = await client.post("/v1/petitions/convention/signatures", json=FORM, headers=headers)
    preflight = await client.options(
        "/v1/petitions/convention/signatures",
        headers=headers | {"Access-Control-Request-Method": "POST"},
    )
    assert "access-control-allow-origin" not in response.headers
    assert "access-control-allow-origin" not in preflight.headers


async def test_cors_preflight_allows_if_none_match(client, petition):
    preflight = await client.options(
        "/v1/petitions/convention/count",
        headers={"Origin": "https://ally.example", "Access-Control-Request-Method": "GET"},
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]


async def test_options_of_an_unknown_path_is_not_found(client):
    assert (await client.options("/v1/nothing")).status_code == 404


@pytest.fixture(params=UNREACHABLE, ids=["sqlite", "postgresql"])
async def client_without_database(request, shared_app, settings, clock):
    unreachable = settings.model_copy(
        update={"database_url": request.param, "database_timeout": 0.5, "mail_delivery": True}
    )
    transport = httpx.ASGITransport(app=shared_app)
    async with (
        make_lifespan(unreachable, clock)(shared_app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/healthz", {}),
        ("GET", "/v1/petitions", {}),
        ("GET", "/v1/petitions/convention/count", {}),
        ("POST", "/v1/petitions/convention/signatures", {}),
        ("POST", "/v1/petitions/convention/signatures", {"Idempotency-Key": "a" * 22}),
        ("GET", "/v1/petitions", {"Authorization": f"Bearer {generate_key()}"}),
    ],
)
async def test_unreachable_database_returns_503(client_without_database, method, path, headers):
    body = FORM if method == "POST" else None
    response = await client_without_database.request(method, path, headers=headers, json=body)
    assert (response.status_code, response.json()["type"]) == (503, "/v1/problems/unavailable")
    assert response.headers["retry-after"] == "5"


@pytest.mark.both_databases
async def test_read_only_database_returns_503(app, client, petition):
    """For instance that of a standby, or one whose disk is full."""
    engine = app.state.context.database.engine
    is_sqlite = engine.dialect.name == "sqlite"
    setting = "PRAGMA query_only = 1" if is_sqlite else "SET default_transaction_read_only = 1"
    listen(engine, "connect", lambda connection, _: connection.execute(setting))
    engine.dispose()
    response = await client.post(f"/v1/petitions/{petition}/signatures", json=FORM)
    assert (response.status_code, response.json()["type"]) == (503, "/v1/problems/unavailable")


@pytest.mark.parametrize("path", ["/v1/petitions/two%20words", "/v1/events/two%20words"])
async def test_invalid_id_is_rejected_without_the_database(client_without_database, path):
    response = await client_without_database.get(path)
    assert (response.status_code, response.json()["type"]) == (
        400,
        "/v1/problems/invalid-parameter",
    )


async def test_health_check_succeeds_with_a_database(client):
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_internal_errors_do_not_leak_details(settings, clock, caplog):
    app = create_app(settings, clock=clock)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(FORM["email"])

    transport = httpx.ASGITransport(app=app)
    with caplog.at_level(logging.INFO):
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://x") as client,
        ):
            response = await client.get("/broken")
    assert (response.status_code, response.json()["type"]) == (500, "/v1/problems/internal")
    assert "sample.person" not in response.text + caplog.text
    assert response.headers["x-request-id"] in caplog.text
    assert "RuntimeError" in caplog.text


async def test_log_has_routes_without_tokens_or_queries(client, petition, emails, caplog):
    await client.post("/v1/petitions/convention/signatures", json=FORM)
    token = re.search(r"/confirm/([\w-]+)", emails()[0].get_content())[1]
    with caplog.at_level(logging.DEBUG, logger="imd_campaign"):
        await client.post(f"/v1/confirmations/{token}")
        await client.post(f"/v1/confirmations/{token}/unsubscription")
        await client.get("/v1/events", params={"near": "12.34567,45.6789"})
    assert "POST /v1/confirmations/{token} 200" in caplog.text
    assert "POST /v1/confirmations/{token}/unsubscription 204" in caplog.text
    messages = "".join(r.getMessage() for r in caplog.records if r.name.startswith("imd_campaign"))
    assert token not in messages
    assert "12.34567" not in messages


async def test_uvicorn_log_has_no_tokens_queries_or_ip_addresses(app, caplog):
    uvicorn = logging.getLogger("uvicorn.access")
    line = '%s - "%s %s HTTP/%s" %d'
    with caplog.at_level(logging.INFO, logger="uvicorn.access"):
        uvicorn.info(line, "192.0.2.1:5", "POST", "/v1/confirmations/sEcReT?near=1,2", "1.1", 200)
    assert caplog.messages == ['- - "POST /v1/confirmations/… HTTP/1.1" 200']


@pytest.mark.parametrize("name", sorted(BY_NAME))
async def test_every_problem_type_has_a_page(client, name):
    response = await client.get(f"/v1/problems/{name}")
    assert response.status_code == 200
    assert f"<h1>{BY_NAME[name].title}</h1>" in response.text
    assert len(response.content) < 2_000


async def test_unknown_problem_type_is_not_found(client):
    assert (await client.get("/v1/problems/nothing")).status_code == 404
