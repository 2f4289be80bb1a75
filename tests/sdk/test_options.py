"""What one call says beside what the SDK says, and how often."""

from functools import partial

import pytest

from imd_sdk import errors

pytestmark = pytest.mark.anyio

OWNED = [
    "Accept",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Host",
    "Idempotency-Key",
    "Imd-Visitor-Address",
    "Transfer-Encoding",
]


def listening(client_variant, status=200, **options):
    """A campaign in good health, or not, and the requests that come to it."""
    requests = []

    def app(request):
        requests.append(request)
        return client_variant.json(status, {"status": "ok"})

    return client_variant.client_for(app, **options), requests


@pytest.mark.client_variants("sync and async")
async def test_a_call_may_add_headers(client_variant):
    campaign, requests = listening(client_variant, api_key="imd_secret")
    await client_variant.result_of(
        campaign.campaign.health(headers={"x-partner": "sample", "Baggage": "a=b, c=d"})
    )
    await client_variant.result_of(campaign.campaign.health())
    assert requests[0].headers["x-partner"] == "sample"
    assert requests[0].headers["baggage"] == "a=b, c=d"
    assert requests[0].headers["authorization"] == "Bearer imd_secret"
    assert not {"x-partner", "baggage"} & set(requests[1].headers)


async def test_a_client_may_add_headers_to_every_call(client_variant):
    campaign, requests = listening(client_variant, headers={"X-Partner": "sample", "X-Room": "1"})
    await client_variant.result_of(campaign.campaign.health(headers={"x-room": "2"}))
    assert requests[0].headers["x-partner"] == "sample"
    assert requests[0].headers.get_list("x-room") == ["2"]


@pytest.mark.client_variants("sync and async")
async def test_a_server_may_name_the_visitor_it_relays_for(client_variant):
    campaign, requests = listening(client_variant)
    await client_variant.result_of(campaign.campaign.health(visitor_address="2001:DB8::1"))
    await client_variant.result_of(campaign.campaign.health())
    assert requests[0].headers["imd-visitor-address"] == "2001:db8::1"
    assert "imd-visitor-address" not in requests[1].headers


async def test_a_visitors_address_is_an_ip_address(client_variant):
    campaign, requests = listening(client_variant)
    with pytest.raises(ValueError, match=r"^visitor_address must be an IP address$"):
        await client_variant.result_of(campaign.campaign.health(visitor_address="somewhere"))
    assert requests == []


async def test_an_error_does_not_repeat_the_visitors_address(client_variant):
    def app(request):
        return client_variant.problem(422, "invalid-body", detail=str(request.headers))

    campaign = client_variant.client_for(app)
    with pytest.raises(errors.InvalidRequest) as raised:
        await client_variant.result_of(campaign.campaign.health(visitor_address="1.2.3.4"))
    assert "1.2.3.4" not in str(raised.value)
    assert "1.2.3.4" not in repr(campaign.with_options(visitor_address="1.2.3.4"))


async def test_the_user_agent_can_be_replaced(client_variant):
    campaign, requests = listening(client_variant, headers={"user-agent": "sample/1"})
    await client_variant.result_of(campaign.campaign.health())
    assert requests[0].headers.get_list("user-agent") == ["sample/1"]


async def test_an_unknown_option_lists_valid_options(client_variant):
    campaign, requests = listening(client_variant)
    known = "deadline, headers, max_retries, on_response, timeout, visitor_address$"
    with pytest.raises(TypeError, match=f"unknown option 'timeuot'; known options: {known}"):
        await client_variant.result_of(campaign.campaign.health(timeuot=3))
    assert requests == []


async def test_an_unknown_filter_lists_valid_filters(client_variant):
    campaign, requests = listening(client_variant)
    with pytest.raises(TypeError, match="unknown option 'contry'; known options: bbox"):
        await client_variant.result_of(campaign.events.list(contry="KE"))
    assert requests == []


@pytest.mark.parametrize("ask", ["health", "list", "request", "client"])
async def test_reads_reject_an_idempotency_key(client_variant, ask):
    campaign, requests = listening(client_variant)
    calls = {
        "health": campaign.campaign.health,
        "list": campaign.petitions.list,
        "request": partial(campaign.request, "GET", "/v1/vigils"),
        "client": campaign.with_options,
    }
    with pytest.raises(TypeError, match="idempotency_key is only for calls that change something"):
        await client_variant.result_of(calls[ask](idempotency_key="row-17-of-the-sample-keys"))
    assert requests == []


@pytest.mark.parametrize("headers", [["X-Partner"], "X-Partner: sample", 7])
async def test_headers_must_be_a_mapping(client_variant, headers):
    campaign, requests = listening(client_variant)
    with pytest.raises(TypeError, match="headers must be a mapping, such as"):
        await client_variant.result_of(campaign.campaign.health(headers=headers))
    assert requests == []


@pytest.mark.parametrize("slug", [None, "", "..", 7, b"c"])
async def test_an_empty_or_invalid_slug_is_rejected(client_variant, slug):
    campaign, requests = listening(client_variant)
    with pytest.raises(ValueError, match="slug must be a string that names something"):
        await client_variant.result_of(campaign.petitions.count(slug))
    assert requests == []


async def test_not_sent_names_the_url_and_what_to_do(client_variant):
    def away(request):
        raise client_variant.library.ConnectError("refused", request=request)

    with pytest.raises(errors.NotSent) as caught:
        await client_variant.result_of(client_variant.client_for(away).petitions.count("c"))
    reached = "no request reached https://campaign.example (ConnectError: refused)"
    advice = "check the URL and the network, and call again"
    assert str(caught.value) == f"/v1/petitions/{{slug}}/count: {reached}; {advice}"


async def test_unknown_outcomes_tell_how_to_finish_the_call(client_variant):
    def silent(request):
        raise client_variant.library.ReadTimeout("", request=request)

    campaign = client_variant.client_for(silent, max_retries=0)
    with pytest.raises(errors.OutcomeUnknown, match=r"error\.idempotency_key$"):
        await client_variant.result_of(campaign.confirmations.confirm("token"))
    with pytest.raises(errors.OutcomeUnknown, match=r"; call again$"):
        await client_variant.result_of(campaign.petitions.count("c"))


@pytest.mark.client_variants("sync and async")
async def test_headers_are_sent_with_every_page(client_variant):
    requests = []

    def app(request):
        requests.append(request.headers.get("x-partner"))
        return client_variant.json(200, {"items": [], "next": "a" if len(requests) == 1 else None})

    await client_variant.result_of(
        client_variant.client_for(app).petitions.list(headers={"X-Partner": "sample"})
    )
    assert requests == ["sample", "sample"]


@pytest.mark.parametrize("name", [*OWNED, *map(str.lower, OWNED), "AUTHORIZATION"])
async def test_headers_of_the_sdk_cannot_be_set(client_variant, name):
    campaign, requests = listening(client_variant)
    with pytest.raises(ValueError, match=f"headers must not include {name.title()}: "):
        await client_variant.result_of(campaign.campaign.health(headers={name: "secret"}))
    assert requests == []


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "a\n", "é", "a\x00", 7, None, b"a"])
async def test_invalid_header_names_are_rejected(client_variant, name):
    campaign, requests = listening(client_variant)
    with pytest.raises(ValueError, match="headers must have names"):
        await client_variant.result_of(campaign.campaign.health(headers={name: "v"}))
    assert requests == []


@pytest.mark.parametrize(
    "value", ["secret\r\nX-Other: 1", "secret\n", "secret\r", "\x00secret", " secret", "sécret", 7]
)
async def test_invalid_header_values_are_rejected_and_not_shown(client_variant, value):
    campaign, requests = listening(client_variant)
    with pytest.raises(ValueError, match="headers must have values") as caught:
        await client_variant.result_of(campaign.campaign.health(headers={"X-Partner": value}))
    assert "cret" not in str(caught.value)
    assert requests == []


def test_a_client_rejects_headers_of_the_sdk(client_variant):
    with pytest.raises(ValueError, match="headers must not include Host"):
        client_variant.client_class(
            "https://campaign.example", headers={"host": "elsewhere.example"}
        )


@pytest.mark.client_variants("sync and async")
async def test_a_call_may_set_its_retries(client_variant):
    campaign, requests = listening(client_variant, status=503, max_retries=1)
    for retries, tries in ((0, 1), (3, 4), (None, 2)):
        requests.clear()
        with pytest.raises(errors.ServerError):
            await client_variant.result_of(campaign.campaign.health(max_retries=retries))
        assert len(requests) == tries


@pytest.mark.parametrize("wrong", [-1, 1.5, "2"])
async def test_max_retries_must_be_a_whole_number(client_variant, wrong):
    campaign, requests = listening(client_variant)
    with pytest.raises(ValueError, match="max_retries"):
        await client_variant.result_of(campaign.campaign.health(max_retries=wrong))
    assert requests == []


async def test_header_values_are_redacted_in_errors(client_variant):
    secret = "a-secret-of-the-caller"
    campaign = client_variant.client_for(
        lambda request: client_variant.problem(400, "invalid-parameter", detail=secret)
    )
    with pytest.raises(errors.InvalidRequest) as caught:
        await client_variant.result_of(campaign.campaign.health(headers={"X-Key": secret}))
    assert secret not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.client_variants("sync and async")
async def test_downloads_request_identity_encoding(client_variant, tmp_path):
    encodings = []

    def app(request):
        encodings.append(request.headers.get_list("accept-encoding"))
        return client_variant.library.Response(200, content=b"file")

    call = client_variant.client_for(app).posters.download
    await client_variant.result_of(
        call("p", "f", to=tmp_path / "f", headers={"accept-encoding": "br"})
    )
    assert encodings == [["identity"]]


@pytest.mark.client_variants("sync and async")
async def test_options_apply_only_to_the_derived_client(client_variant):
    campaign, requests = listening(client_variant, timeout=5, headers={"X-Partner": "sample"})
    other = campaign.with_options(timeout=2, headers={"X-Room": "1"})
    await client_variant.result_of(other.campaign.health())
    await client_variant.result_of(campaign.campaign.health())
    assert [set(r.extensions["timeout"].values()) for r in requests] == [{2}, {5}]
    assert [r.headers.get("x-room") for r in requests] == ["1", None]
    assert [r.headers["x-partner"] for r in requests] == ["sample", "sample"]


@pytest.mark.client_variants("sync and async")
async def test_options_of_a_call_override_those_of_the_client(client_variant):
    campaign, requests = listening(client_variant, status=503)
    patient = campaign.with_options(max_retries=5)
    with pytest.raises(errors.ServerError):
        await client_variant.result_of(patient.campaign.health(max_retries=1))
    assert len(requests) == 2


@pytest.mark.client_variants("sync and async")
async def test_a_derived_client_shares_the_budget_of_retries(client_variant):
    campaign, requests = listening(client_variant, status=503)
    for client in (campaign.with_options(max_retries=7), campaign.with_options(max_retries=7)):
        with pytest.raises(errors.ServerError):
            await client_variant.result_of(client.campaign.health())
    assert len(requests) == 8 + 4


@pytest.mark.client_variants("sync and async")
async def test_a_derived_client_has_the_same_class(client_variant):
    class Ours(client_variant.client_class):
        def __init__(self, note, *given, **options):
            super().__init__(*given, **options)
            self.note = note

    other = Ours("kept", "https://campaign.example").with_options(timeout=2)
    assert (type(other), other.note) == (Ours, "kept")
    assert repr(other) == "<Ours https://campaign.example>"


@pytest.mark.client_variants("sync and async on httpx")
async def test_closing_a_derived_client_closes_nothing(client_variant):
    campaign = client_variant.client_class("https://campaign.example")
    own = campaign._driver.transport._own_client()
    await client_variant.close(campaign.with_options(timeout=2))
    assert not own.is_closed
    await client_variant.close(campaign)
    assert own.is_closed


@pytest.mark.client_variants("sync and async on httpx")
async def test_closing_a_client_closes_its_derived_clients(client_variant):
    campaign = client_variant.client_class("https://campaign.example")
    other = campaign.with_options(timeout=2)
    await client_variant.close(campaign)
    with pytest.raises(RuntimeError, match="closed"):
        await client_variant.result_of(other.campaign.health())


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"max_retries": -1}, {"headers": {"Host": ""}}])
def test_with_options_rejects_invalid_options(client_variant, wrong):
    with pytest.raises(ValueError, match="must"):
        client_variant.client_class("https://campaign.example").with_options(**wrong)


@pytest.mark.client_variants("sync and async")
def test_with_options_rejects_an_idempotency_key(client_variant):
    with pytest.raises(TypeError, match="idempotency_key"):
        client_variant.client_class("https://campaign.example").with_options(
            idempotency_key="row-17-of-the-sample-keys"
        )
