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
    "Transfer-Encoding",
]


def listening(seat, status=200, **options):
    """A campaign in good health, or not, and the requests that come to it."""
    requests = []

    def app(request):
        requests.append(request)
        return seat.json(status, {"status": "ok"})

    return seat.over(app, **options), requests


async def test_a_call_may_say_more(seat):
    campaign, requests = listening(seat, api_key="imd_secret")
    await seat.end(campaign.campaign.health(headers={"x-partner": "sample", "Baggage": "a=b, c=d"}))
    await seat.end(campaign.campaign.health())
    assert requests[0].headers["x-partner"] == "sample"
    assert requests[0].headers["baggage"] == "a=b, c=d"
    assert requests[0].headers["authorization"] == "Bearer imd_secret"
    assert not {"x-partner", "baggage"} & set(requests[1].headers)


async def test_a_client_may_say_more_in_every_call(seat):
    campaign, requests = listening(seat, headers={"X-Partner": "sample", "X-Room": "1"})
    await seat.end(campaign.campaign.health(headers={"x-room": "2"}))
    assert requests[0].headers["x-partner"] == "sample"
    assert requests[0].headers.get_list("x-room") == ["2"]


async def test_who_asks_may_be_said_in_other_words(seat):
    campaign, requests = listening(seat, headers={"user-agent": "sample/1"})
    await seat.end(campaign.campaign.health())
    assert requests[0].headers.get_list("user-agent") == ["sample/1"]


async def test_a_mistyped_option_is_answered_with_those_there_are(seat):
    campaign, requests = listening(seat)
    known = "deadline, headers, max_retries, on_response, timeout$"
    with pytest.raises(TypeError, match=f"unknown option 'timeuot'; known options: {known}"):
        await seat.end(campaign.campaign.health(timeuot=3))
    assert requests == []


async def test_a_mistyped_filter_is_answered_with_those_there_are(seat):
    campaign, requests = listening(seat)
    with pytest.raises(TypeError, match="unknown option 'contry'; known options: bbox"):
        await seat.end(campaign.events.list(contry="KE"))
    assert requests == []


@pytest.mark.parametrize("ask", ["health", "list", "request", "client"])
async def test_what_sends_nothing_takes_no_key(seat, ask):
    campaign, requests = listening(seat)
    calls = {
        "health": campaign.campaign.health,
        "list": campaign.petitions.list,
        "request": partial(campaign.request, "GET", "/v1/vigils"),
        "client": campaign.with_options,
    }
    with pytest.raises(TypeError, match="idempotency_key is only for calls that change something"):
        await seat.end(calls[ask](idempotency_key="row-7"))
    assert requests == []


@pytest.mark.parametrize("headers", [["X-Partner"], "X-Partner: sample", 7])
async def test_headers_that_are_no_mapping_are_refused(seat, headers):
    campaign, requests = listening(seat)
    with pytest.raises(TypeError, match="headers must be a mapping, such as"):
        await seat.end(campaign.campaign.health(headers=headers))
    assert requests == []


@pytest.mark.parametrize("slug", [None, "", "..", 7, b"c"])
async def test_what_names_nothing_is_refused(seat, slug):
    campaign, requests = listening(seat)
    with pytest.raises(ValueError, match="slug must be a string that names something"):
        await seat.end(campaign.petitions.count(slug))
    assert requests == []


async def test_what_cannot_be_reached_is_named_with_what_to_do(seat):
    def away(request):
        raise seat.library.ConnectError("refused", request=request)

    with pytest.raises(errors.NotSent) as caught:
        await seat.end(seat.over(away).petitions.count("c"))
    reached = "no request reached https://campaign.example (ConnectError: refused)"
    advice = "check the URL and the network, and call again"
    assert str(caught.value) == f"/v1/petitions/{{slug}}/count: {reached}; {advice}"


async def test_what_was_not_answered_says_how_to_finish_it(seat):
    def silent(request):
        raise seat.library.ReadTimeout("", request=request)

    campaign = seat.over(silent, max_retries=0)
    with pytest.raises(errors.OutcomeUnknown, match=r"error\.idempotency_key$"):
        await seat.end(campaign.petitions.confirm("token"))
    with pytest.raises(errors.OutcomeUnknown, match=r"; call again$"):
        await seat.end(campaign.petitions.count("c"))


async def test_every_page_of_a_list_says_it(seat):
    requests = []

    def app(request):
        requests.append(request.headers.get("x-partner"))
        return seat.json(200, {"items": [], "next": "a" if len(requests) == 1 else None})

    await seat.end(seat.over(app).petitions.list(headers={"X-Partner": "sample"}))
    assert requests == ["sample", "sample"]


@pytest.mark.parametrize("name", [*OWNED, *map(str.lower, OWNED), "AUTHORIZATION"])
async def test_what_the_sdk_says_is_not_the_callers(seat, name):
    campaign, requests = listening(seat)
    with pytest.raises(ValueError, match=f"headers must not include {name.title()}: "):
        await seat.end(campaign.campaign.health(headers={name: "secret"}))
    assert requests == []


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "a\n", "é", "a\x00", 7, None, b"a"])
async def test_what_is_no_name_is_refused(seat, name):
    campaign, requests = listening(seat)
    with pytest.raises(ValueError, match="headers must have names"):
        await seat.end(campaign.campaign.health(headers={name: "v"}))
    assert requests == []


@pytest.mark.parametrize(
    "value", ["secret\r\nX-Other: 1", "secret\n", "secret\r", "\x00secret", " secret", "sécret", 7]
)
async def test_what_is_no_value_is_refused_and_not_shown(seat, value):
    campaign, requests = listening(seat)
    with pytest.raises(ValueError, match="headers must have values") as caught:
        await seat.end(campaign.campaign.health(headers={"X-Partner": value}))
    assert "cret" not in str(caught.value)
    assert requests == []


def test_a_client_refuses_them_at_once(seat):
    with pytest.raises(ValueError, match="headers must not include Host"):
        seat.twin("https://campaign.example", headers={"host": "elsewhere.example"})


async def test_a_call_may_be_tried_more_or_less_often(seat):
    campaign, requests = listening(seat, status=503, max_retries=1)
    for retries, tries in ((0, 1), (3, 4), (None, 2)):
        requests.clear()
        with pytest.raises(errors.ServerError):
            await seat.end(campaign.campaign.health(max_retries=retries))
        assert len(requests) == tries


@pytest.mark.parametrize("wrong", [-1, 1.5, "2"])
async def test_a_number_of_retries_is_whole(seat, wrong):
    campaign, requests = listening(seat)
    with pytest.raises(ValueError, match="max_retries"):
        await seat.end(campaign.campaign.health(max_retries=wrong))
    assert requests == []


async def test_a_header_that_is_repeated_by_the_server_is_blotted_out(seat):
    secret = "a-secret-of-the-caller"
    campaign = seat.over(lambda request: seat.problem(400, "invalid-parameter", detail=secret))
    with pytest.raises(errors.InvalidRequest) as caught:
        await seat.end(campaign.campaign.health(headers={"X-Key": secret}))
    assert secret not in f"{caught.value} {vars(caught.value)}"


async def test_a_download_asks_for_its_bytes_in_its_own_words(seat, tmp_path):
    said = []

    def app(request):
        said.append(request.headers.get_list("accept-encoding"))
        return seat.library.Response(200, content=b"file")

    call = seat.over(app).posters.download
    await seat.end(call("p", "f", to=tmp_path / "f", headers={"accept-encoding": "br"}))
    assert said == [["identity"]]


async def test_other_terms_hold_for_the_derived_client_alone(seat):
    campaign, requests = listening(seat, timeout=5, headers={"X-Partner": "sample"})
    other = campaign.with_options(timeout=2, headers={"X-Room": "1"})
    await seat.end(other.campaign.health())
    await seat.end(campaign.campaign.health())
    assert [set(r.extensions["timeout"].values()) for r in requests] == [{2}, {5}]
    assert [r.headers.get("x-room") for r in requests] == ["1", None]
    assert [r.headers["x-partner"] for r in requests] == ["sample", "sample"]


async def test_what_a_call_says_goes_over_the_derived_terms(seat):
    campaign, requests = listening(seat, status=503)
    patient = campaign.with_options(max_retries=5)
    with pytest.raises(errors.ServerError):
        await seat.end(patient.campaign.health(max_retries=1))
    assert len(requests) == 2


async def test_a_derived_client_shares_the_budget_of_retries(seat):
    campaign, requests = listening(seat, status=503)
    for client in (campaign.with_options(max_retries=7), campaign.with_options(max_retries=7)):
        with pytest.raises(errors.ServerError):
            await seat.end(client.campaign.health())
    assert len(requests) == 8 + 4


async def test_a_derived_client_is_of_the_same_kind(seat):
    class Ours(seat.twin):
        def __init__(self, note, *given, **options):
            super().__init__(*given, **options)
            self.note = note

    other = Ours("kept", "https://campaign.example").with_options(timeout=2)
    assert (type(other), other.note) == (Ours, "kept")
    assert repr(other) == "<Ours https://campaign.example>"


async def test_to_close_a_derived_client_closes_nothing(httpx_seat):
    campaign = httpx_seat.twin("https://campaign.example")
    own = campaign._driver.transport._own_client()
    await httpx_seat.close(campaign.with_options(timeout=2))
    assert not own.is_closed
    await httpx_seat.close(campaign)
    assert own.is_closed


async def test_a_derived_client_ends_with_the_first(httpx_seat):
    campaign = httpx_seat.twin("https://campaign.example")
    other = campaign.with_options(timeout=2)
    await httpx_seat.close(campaign)
    with pytest.raises(RuntimeError, match="closed"):
        await httpx_seat.end(other.campaign.health())


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"max_retries": -1}, {"headers": {"Host": ""}}])
def test_other_terms_that_cannot_be_are_refused(seat, wrong):
    with pytest.raises(ValueError, match="must"):
        seat.twin("https://campaign.example").with_options(**wrong)


def test_a_key_for_one_call_is_no_term_of_a_client(seat):
    with pytest.raises(TypeError, match="idempotency_key"):
        seat.twin("https://campaign.example").with_options(idempotency_key="row-17")
