"""Raw responses: next to parsed results, and for endpoints that have no method."""

import copy
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imd_sdk
from imd_sdk import errors
from imd_sdk._raw_calls import raw_call

pytestmark = pytest.mark.anyio

SIGN = {"name": "Sample Person", "email": "person@example.org", "country": "ES"}


def make_client(client_variant, *responses, **options):
    requests = []

    def app(request):
        requests.append(request)
        response = responses[min(len(requests), len(responses)) - 1]
        if isinstance(response, Exception):
            raise response
        return response

    return client_variant.client_for(app, **options), requests


@pytest.mark.client_variants("sync and async")
async def test_on_response_receives_the_response(client_variant):
    seen = []
    fine = client_variant.json(200, {"status": "ok"}, x_request_id="req_1", x_later="1")
    campaign, _ = make_client(client_variant, client_variant.json(503), fine)
    health = await client_variant.result_of(campaign.campaign.health(on_response=seen.append))
    (response,) = seen
    assert (response.status, response.request_id, response.attempts) == (200, "req_1", 2)
    assert response.headers["X-Later"] == response.headers["x-later"] == "1"
    assert json.loads(response.content) == response.json() == {"status": health.status}
    assert 0 <= response.elapsed < 5


@pytest.mark.client_variants("sync and async")
async def test_on_response_receives_each_page(client_variant):
    seen = []
    pages = [{"items": [], "next": "a"}, {"items": [], "next": None}]
    campaign, _ = make_client(client_variant, *(client_variant.json(200, page) for page in pages))
    await client_variant.result_of(campaign.petitions.list(on_response=seen.append))
    assert [response.json()["next"] for response in seen] == ["a", None]


async def test_on_response_of_a_client_receives_every_response(client_variant):
    seen = []
    campaign, _ = make_client(client_variant, client_variant.json(200, {"status": "ok"}))
    await client_variant.result_of(campaign.with_options(on_response=seen.append).campaign.health())
    assert [response.status for response in seen] == [200]


async def test_on_response_receives_unreadable_responses_first(client_variant):
    seen = []
    campaign, _ = make_client(
        client_variant, client_variant.library.Response(200, html="<p>log in")
    )
    with pytest.raises(errors.UnexpectedResponse):
        await client_variant.result_of(campaign.campaign.health(on_response=seen.append))
    assert seen[0].content == b"<p>log in"


async def test_on_response_receives_no_error_responses(client_variant):
    seen = []
    campaign, _ = make_client(client_variant, client_variant.problem(404, "not-found"))
    with pytest.raises(errors.NotFound):
        await client_variant.result_of(campaign.petitions.get("none", on_response=seen.append))
    assert seen == []


@pytest.mark.client_variants("sync and async")
async def test_errors_in_on_response_are_raised(client_variant):
    def refuse(response):
        raise LookupError(response.status)

    campaign, requests = make_client(client_variant, client_variant.json(200, {"status": "ok"}))
    with pytest.raises(LookupError, match="200"):
        await client_variant.result_of(campaign.campaign.health(on_response=refuse))
    assert len(requests) == 1


async def late(response):
    """Nobody would await it."""


@pytest.mark.parametrize("wrong", [[], late])
async def test_on_response_must_be_a_plain_function(client_variant, wrong):
    campaign, requests = make_client(client_variant, client_variant.json(200, {"status": "ok"}))
    with pytest.raises(TypeError, match="on_response"):
        await client_variant.result_of(campaign.campaign.health(on_response=wrong))
    assert requests == []


async def test_response_reprs_omit_values_and_content(client_variant):
    response = client_variant.json(200, {"status": "personal"}, set_cookie="secret=1")
    campaign, _ = make_client(client_variant, response)
    response = await client_variant.result_of(campaign.request("GET", "/v1/new"))
    shown = f"{response!r} {response.headers!r}"
    assert "Response(status=200, elapsed=" in shown
    assert "set-cookie" in shown
    assert not [word for word in ("personal", "secret") if word in shown]


async def test_a_response_survives_a_copy(client_variant):
    campaign, _ = make_client(client_variant, client_variant.json(200, {"a": 1}, x_b="b"))
    response = await client_variant.result_of(campaign.request("GET", "/v1/new"))
    again = pickle.loads(pickle.dumps(response))  # noqa: S301 - our own bytes
    assert again == copy.deepcopy(response) == response
    assert isinstance(again, imd_sdk.Response)


@pytest.mark.client_variants("sync and async")
async def test_request_calls_any_endpoint(client_variant):
    campaign, requests = make_client(
        client_variant, client_variant.json(200, {"a": 1}), api_key="imd_secret"
    )
    params = {"id": "a/b c", "kind": ["x", "y"], "online": True, "none": None}
    response = await client_variant.result_of(
        campaign.request("get", "/v1/vigils/{id}/candles", params=params)
    )
    (request,) = requests
    assert request.method == "GET"
    assert request.url.raw_path == b"/v1/vigils/a%2Fb%20c/candles?kind=x&kind=y&online=true"
    assert request.headers["authorization"] == "Bearer imd_secret"
    assert "idempotency-key" not in request.headers
    assert (response.json(), response.attempts) == ({"a": 1}, 1)


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_writes_have_a_key_and_are_retried(client_variant, method):
    cut, busy = client_variant.library.ReadTimeout("slow"), client_variant.json(503)
    campaign, requests = make_client(
        client_variant, cut, busy, client_variant.library.Response(204)
    )
    response = await client_variant.result_of(
        campaign.request(method, "/v1/vigils", json={"a": "é"})
    )
    assert (response.status, response.attempts, response.content) == (204, 3, b"")
    assert len({request.headers["idempotency-key"] for request in requests}) == 1
    assert {request.content for request in requests} == {b'{"a": "\\u00e9"}'}
    assert {request.headers["content-type"] for request in requests} == {"application/json"}


async def test_a_request_without_body_has_no_content_type(client_variant):
    campaign, requests = make_client(client_variant, client_variant.library.Response(204))
    await client_variant.result_of(
        campaign.request("POST", "/v1/vigils", idempotency_key="row-17-of-the-sample-keys")
    )
    assert requests[0].headers["idempotency-key"] == "row-17-of-the-sample-keys"
    assert (requests[0].content, "content-type" in requests[0].headers) == (b"", False)


async def test_request_raises_the_errors_of_every_call(client_variant):
    campaign, requests = make_client(
        client_variant, client_variant.problem(409, "sold-out", available=2)
    )
    with pytest.raises(errors.SoldOut) as caught:
        await client_variant.result_of(campaign.request("POST", "/v1/vigils", json={}))
    assert caught.value.idempotency_key == requests[0].headers["idempotency-key"]


async def test_paths_are_below_the_base_url(client_variant):
    campaign, requests = make_client(client_variant, client_variant.json(200))
    kind = (
        client_variant.library.AsyncClient
        if client_variant.is_async
        else client_variant.library.Client
    )
    inner = kind(
        transport=client_variant.library.MockTransport(
            lambda r: requests.append(r) or client_variant.json(200)
        )
    )
    campaign = client_variant.client_class("https://campaign.example/deep", http_client=inner)
    await client_variant.result_of(campaign.request("GET", "/v1/new"))
    assert str(requests[0].url) == "https://campaign.example/deep/v1/new"


ELSEWHERE = [
    "",
    "v1/new",
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "@elsewhere.example/",
    "/\\elsewhere.example",
    "/v1/../../admin",
    "/v1/%2e%2E/admin",
    "/v1/%252e%252e/admin",
    "/v1/..%2fadmin",
    "/v1/..%5cadmin",
    "/./v1",
    "/v1/new?a=b",
    "/v1/new#a",
    "/v1/a b",
    "/v1/a\r\nb",
    "/v1/\x00",
    "/v1/{",
    "/v1/}id{",
    "/v1/{}",
    "/v1/{id!r}",
    "/v1/{{id}}",
]


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_a_path_to_elsewhere_is_rejected(client_variant, path):
    campaign, requests = make_client(client_variant, client_variant.json(200), api_key="imd_secret")
    with pytest.raises(ValueError, match="path must"):
        await client_variant.result_of(campaign.request("GET", path, params={"id": "x"}))
    assert requests == []


@given(path=st.text(st.sampled_from("/.%2eEfF{}a:@?#\\é \u2025"), max_size=14))
def test_any_path_stays_on_the_campaign_or_is_rejected(path):
    import httpx  # noqa: PLC0415 - whose reading of a URL is what counts here

    try:
        call = raw_call("GET", f"/{path}", {}, None)
    except ValueError:
        return
    url = httpx.URL(f"https://campaign.example/deep{call.target}")
    assert (url.host, url.userinfo, url.query) == ("campaign.example", b"", b"")
    assert url.raw_path.startswith(b"/deep/")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"method": "TRACE"}, "method must"),
        ({"method": "GE T"}, "method must"),
        ({"json": {}}, "json must not"),
        ({"path": "/v1/{id}"}, "params must include id"),
        ({"path": "/v1/{id}", "params": {"id": None}}, "params must include id"),
        ({"path": "/v1/{id}", "params": {"id": ".."}}, "id must be a string that names"),
    ],
)
async def test_invalid_requests_are_rejected(client_variant, wrong, words):
    campaign, requests = make_client(client_variant, client_variant.json(200))
    arguments = {"method": "GET", "path": "/v1/new"} | wrong
    with pytest.raises(ValueError, match=words):
        await client_variant.result_of(campaign.request(**arguments))
    assert requests == []


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/vigils", "/v1/vigils"),
        ("/v1/vigils.ics", "/v1/vigils.ics"),
        ("/v1/vigils/{id}/candles", "/v1/vigils/{id}/candles"),
        ("/v1/people/zebedee", "/v1/people/…"),
        ("/v1/zebedee@example.org", "/v1/…"),
        ("/v1/people/tok7Hq2/{id}", "/v1/people/…/{id}"),
    ],
)
async def test_logs_show_only_known_words_of_a_path(client_variant, caplog, path, shown):
    caplog.set_level(logging.INFO)
    campaign, _ = make_client(client_variant, client_variant.json(200))
    await client_variant.result_of(
        campaign.request("GET", path, params={"id": "zebedee", "q": "zebedee"})
    )
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"https://campaign.example{shown} " in line
    assert "zebedee" not in line


async def test_errors_do_not_repeat_the_request(client_variant):
    def echo(request):
        text = f"{request.url} {request.content.decode()}"
        return client_variant.problem(422, "invalid-body", detail=text)

    params = {"id": "zebedee", "q": "zebedee@example.org"}
    sent = {"odd": {"deep": ["7 Hidden Lane"]}}
    with pytest.raises(errors.InvalidRequest) as caught:
        await client_variant.result_of(
            client_variant.client_for(echo).request(
                "POST", "/v1/tok7/{id}", params=params, json=sent
            )
        )
    words = ("zebedee", "Hidden", "tok7")
    assert not [word for word in words if word in f"{caught.value} {caught.value.problem}"]


async def test_invalid_json_content_is_an_error(client_variant):
    response = client_variant.library.Response(
        200, content=b"no", headers={"x-request-id": "req_1"}
    )
    campaign, _ = make_client(client_variant, response)
    response = await client_variant.result_of(campaign.request("GET", "/v1/new"))
    with pytest.raises(errors.UnexpectedResponse) as caught:
        response.json()
    assert (caught.value.request_id, caught.value.__context__) == ("req_1", None)
