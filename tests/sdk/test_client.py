import copy
import gc
import pickle
import subprocess
import sys
import warnings
from datetime import date, datetime

import httpx
import httpx2
import pytest

import imd_sdk
from imd_sdk import AsyncClient, Client, errors
from imd_sdk.testing import InMemoryCampaign, TimedOut, Unavailable

pytestmark = pytest.mark.anyio

SIGN = {"name": "Sample Person", "email": "person@example.org", "country": "ES"}
TWINS = [Client, AsyncClient]


class Echo:
    """Records requests, and responds to each in turn."""

    def __init__(self, client_variant, *responses):
        self.requests = []
        self.responses = list(responses) or [client_variant.json(200, {"status": "ok"})]

    def __call__(self, request):
        self.requests.append(request)
        response = self.responses[min(len(self.requests), len(self.responses)) - 1]
        if isinstance(response, Exception):
            raise response
        return response


async def test_a_rejection_raises_its_own_error(client_variant):
    with pytest.raises(errors.NotFound):
        await client_variant.result_of(
            client_variant.client_of(InMemoryCampaign()).petitions.get("none")
        )


@pytest.mark.client_variants("sync and async")
async def test_a_retry_carries_the_same_key_and_body(client_variant):
    campaign = InMemoryCampaign()
    campaign.fail_next(TimedOut(is_processed=True))
    campaign.fail_next(Unavailable())
    receipt = await client_variant.result_of(
        client_variant.client_of(campaign).petitions.sign("convention", **SIGN)
    )
    assert receipt.status == "confirmation_sent"
    assert len({request.headers["idempotency-key"] for request in campaign.requests}) == 1
    assert len({request.content for request in campaign.requests}) == 1
    assert len(campaign.requests) == 3
    assert len(campaign.signatures("convention")) == 1


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("ConnectError", errors.NotSent),
        ("ConnectTimeout", errors.NotSent),
        ("PoolTimeout", errors.NotSent),
        ("ProxyError", errors.NotSent),
        ("UnsupportedProtocol", errors.NotSent),
        ("LocalProtocolError", errors.NotSent),
        ("ReadTimeout", errors.OutcomeUnknown),
        ("WriteTimeout", errors.OutcomeUnknown),
        ("ReadError", errors.OutcomeUnknown),
        ("WriteError", errors.OutcomeUnknown),
        ("RemoteProtocolError", errors.OutcomeUnknown),
        ("DecodingError", errors.OutcomeUnknown),
    ],
)
async def test_each_transport_failure_tells_whether_the_request_was_sent(
    client_variant, failure, kind
):
    app = Echo(
        client_variant,
        getattr(client_variant.library, failure)("person@example.org is in no message"),
    )
    with pytest.raises(kind) as caught:
        await client_variant.result_of(
            client_variant.client_for(app).petitions.sign("convention", **SIGN)
        )
    assert type(caught.value) is kind
    assert type(caught.value.__cause__).__name__ == failure
    assert caught.value.idempotency_key == app.requests[0].headers["idempotency-key"]


@pytest.mark.client_variants("sync and async")
async def test_every_error_of_the_http_libraries_is_classified(client_variant):
    kinds = {kind.__name__ for kind in descendants(client_variant.library.RequestError)}
    groups = {"SSEError"} & kinds | {
        "TimeoutException",
        "NetworkError",
        "ProtocolError",
        "TransportError",
    }
    sent = {"ReadTimeout", "WriteTimeout", "ReadError", "WriteError", "CloseError"}
    sent |= {"RemoteProtocolError", "DecodingError", "TooManyRedirects"}
    from imd_sdk._transport import NOT_SENT_ERRORS  # noqa: PLC0415 - the one test that looks inside

    assert kinds == groups | sent | NOT_SENT_ERRORS


def descendants(kind):
    for child in kind.__subclasses__():
        if child.__module__.startswith("httpx"):
            yield child
            yield from descendants(child)


@pytest.mark.client_variants("sync and async")
async def test_the_cause_of_an_error_does_not_hold_the_request(client_variant):
    campaign = client_variant.client_for(
        Echo(client_variant, client_variant.library.ReadTimeout("slow")), api_key="imd_secret"
    )
    with pytest.raises(errors.OutcomeUnknown) as caught:
        await client_variant.result_of(campaign.petitions.sign("convention", **SIGN))
    cause = caught.value.__cause__
    assert (cause.__cause__, cause.__context__, cause.__traceback__) == (None, None, None)
    with pytest.raises(RuntimeError):
        cause.request  # noqa: B018 - there is none
    assert b"imd_secret" not in pickle.dumps(caught.value)


@pytest.mark.client_variants("sync and async")
async def test_a_redirect_is_not_followed(client_variant):
    elsewhere = client_variant.json(302, None, location="https://elsewhere.example/")
    app = Echo(client_variant, elsewhere)
    campaign = client_variant.client_for(app, api_key="imd_secret")
    campaign._driver.transport._given.follow_redirects = True
    with pytest.raises(errors.UnexpectedResponse):
        await client_variant.result_of(campaign.campaign.get())
    assert len(app.requests) == 1


@pytest.mark.client_variants("every")
async def test_the_timeout_of_a_call_is_passed_to_the_http_library(client_variant):
    app = Echo(client_variant)
    await client_variant.result_of(client_variant.client_for(app).campaign.health(timeout=3))
    assert set(app.requests[0].extensions["timeout"].values()) == {3}


async def test_unknown_arguments_are_rejected(client_variant):
    with pytest.raises(TypeError):
        await client_variant.result_of(
            client_variant.client_for(Echo(client_variant)).petitions.sign("c", **SIGN, publik=True)
        )


@pytest.mark.client_variants("sync and async")
async def test_an_invalid_idempotency_key_is_rejected_before_sending(client_variant):
    app = Echo(client_variant)
    for key in ("", "x" * 21, "a b" * 9, "é" * 22, "x" * 256, "x" * 22 + "\n"):
        with pytest.raises(ValueError, match="idempotency_key"):
            await client_variant.result_of(
                client_variant.client_for(app).petitions.sign("c", **SIGN, idempotency_key=key)
            )
    assert app.requests == []


@pytest.mark.parametrize("slug", ["", ".", "..", None])
async def test_a_slug_cannot_leave_its_path_segment(client_variant, slug):
    with pytest.raises(ValueError, match="slug"):
        await client_variant.result_of(
            client_variant.client_for(Echo(client_variant)).petitions.get(slug)
        )


async def test_coordinates_in_one_string_are_rejected(client_variant):
    with pytest.raises(TypeError, match="near must be numbers"):
        await client_variant.result_of(
            client_variant.client_for(Echo(client_variant)).events.ics(near="19.43,-99.13")
        )


async def test_an_unknown_time_zone_is_rejected(client_variant):
    event = {"title": "T", "description": "D", "kind": "vigil", "lang": "en", "host": {}}
    moment = datetime(2026, 12, 18, 18)  # noqa: DTZ001 - its zone is passed separately
    with pytest.raises(ValueError, match="not 'Nairobi'"):
        await client_variant.result_of(
            client_variant.client_for(Echo(client_variant)).events.submit(
                **event, starts_at=moment, time_zone="Nairobi"
            )
        )


@pytest.mark.parametrize("wrong", [date(2026, 12, 18), 1797591600])
async def test_a_value_that_is_not_a_time_is_rejected_with_an_example(client_variant, wrong):
    event = {"title": "T", "description": "D", "kind": "vigil", "lang": "en", "host": {}}
    event |= {"starts_at": wrong, "time_zone": "Africa/Nairobi"}
    with pytest.raises(TypeError, match="must be a datetime or a str, such as 2026-12-18T18"):
        await client_variant.result_of(
            client_variant.client_for(Echo(client_variant)).events.submit(**event)
        )


async def test_an_html_page_instead_of_a_calendar_is_an_error(client_variant):
    page = client_variant.library.Response(200, html="<html>")
    with pytest.raises(errors.UnexpectedResponse):
        await client_variant.result_of(
            client_variant.client_for(Echo(client_variant, page)).events.ics()
        )


async def test_a_json_list_instead_of_geojson_is_an_error(client_variant):
    with pytest.raises(errors.UnexpectedResponse):
        await client_variant.result_of(
            client_variant.client_for(
                Echo(client_variant, client_variant.json(200, []))
            ).events.geojson()
        )


@pytest.mark.client_variants("sync and async")
async def test_the_base_url_may_come_from_the_passed_client(client_variant):
    app = Echo(client_variant)
    kind = (
        client_variant.library.AsyncClient
        if client_variant.is_async
        else client_variant.library.Client
    )
    inner = kind(
        transport=client_variant.library.MockTransport(app), base_url="https://inner.example/x/"
    )
    await client_variant.result_of(client_variant.client_class(http_client=inner).campaign.health())
    assert str(app.requests[0].url) == "https://inner.example/x/healthz"


@pytest.mark.client_variants("sync and async")
async def test_the_passed_client_stays_open(client_variant):
    campaign = client_variant.client_for(Echo(client_variant))
    await client_variant.close(campaign)
    assert not campaign._driver.transport._given.is_closed


@pytest.mark.client_variants("sync and async")
async def test_a_subclass_of_a_library_client_is_accepted(client_variant):
    kind = (
        client_variant.library.AsyncClient
        if client_variant.is_async
        else client_variant.library.Client
    )
    derived = type("Derived", (kind,), {"__module__": "elsewhere"})
    inner = derived(transport=client_variant.library.MockTransport(Echo(client_variant)))
    await client_variant.result_of(
        client_variant.client_class("https://campaign.example", http_client=inner).campaign.health()
    )


@pytest.mark.parametrize("other", [httpx.AsyncClient, httpx2.AsyncClient, object])
def test_a_client_of_the_wrong_kind_is_rejected(other):
    with pytest.raises(TypeError, match="a Client of httpx or httpx2"):
        Client("https://campaign.example", http_client=other())


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "campaign.example",
        "ftp://campaign.example",
        "https://",
        "https://person:secret@campaign.example",
        "https://campaign.example/?key=secret",
        "https://campaign.example/#secret",
        "https://[secret",
        "https://secret\u2100.example",
        "https://campaign.example:99999",
        "https://campaign..secret",
        "https://.secret",
        f"https://{'secret' * 20}.example",
        "https://secret campaign.example",
        "https://999.1.1.1",
        "https://secret\u202e.example",
        "https://campaign.example/\n/secret",
        "https:\\\\secret.example",
        b"https://campaign.example",
        1218,
    ],
)
def test_an_invalid_base_url_is_rejected(address):
    with pytest.raises(ValueError, match="base_url") as caught:
        Client(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": 0},
        {"timeout": float("inf")},
        {"deadline": -1},
        {"deadline": float("nan")},
        {"max_retries": -1},
        {"api_key": "a b"},
        {"api_key": "é"},
        {"api_key": "a\r\nb"},
    ],
)
def test_invalid_options_are_rejected(wrong):
    with pytest.raises(ValueError, match="must") as caught:
        Client("https://campaign.example", **wrong)
    assert "é" not in str(caught.value)


def test_the_async_client_checks_its_arguments_too():
    with pytest.raises(ValueError, match="base_url"):
        AsyncClient("campaign.example")
    with pytest.raises(ValueError, match="timeout must"):
        AsyncClient("https://campaign.example", timeout=0)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (" https://campaign.example/\r\n", "https://campaign.example"),
        (httpx.URL("https://campaign.example/imd/"), "https://campaign.example/imd"),
        ("http://[::1]:1218", "http://[::1]:1218"),
        ("http://münchen.example", "http://münchen.example"),
        ("http://ⵜⵉⴼⵉⵏⴰⵖ.example", "http://ⵜⵉⴼⵉⵏⴰⵖ.example"),
        ("http://campaign_1.example.", "http://campaign_1.example."),
    ],
)
def test_base_urls_are_normalised(given, meant):
    assert Client(given).base_url == meant


@pytest.mark.parametrize("twin", TWINS)
def test_base_url_and_key_may_come_from_the_environment(twin, monkeypatch):
    monkeypatch.setenv("IMD_BASE_URL", "https://environment.example/")
    monkeypatch.setenv("IMD_API_KEY", "imd_secret")
    campaign = twin()
    assert repr(campaign) == f"<{twin.__name__} https://environment.example>"
    assert campaign._driver.terms.headers["Authorization"] == "Bearer imd_secret"


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("remade", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_client_cannot_be_copied_or_pickled(twin, remade):
    with pytest.raises(TypeError, match="client"):
        remade(twin("https://campaign.example", api_key="imd_secret"))


@pytest.mark.parametrize("twin", TWINS)
def test_an_unused_client_needs_no_closing(twin):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        twin("https://campaign.example")
        gc.collect()


@pytest.mark.client_variants("sync and async on httpx")
async def test_an_unclosed_client_warns(client_variant):
    campaign = client_variant.client_class("https://campaign.example")
    campaign._driver.transport._own_client()
    with pytest.warns(ResourceWarning, match="was not closed"):
        campaign._driver.transport.__del__()
    await client_variant.close(campaign)


@pytest.mark.client_variants("sync and async on httpx")
async def test_a_closed_client_cannot_be_used(client_variant):
    campaign = client_variant.client_class("https://campaign.example")
    await client_variant.close(campaign)
    await client_variant.close(campaign)
    with pytest.raises(RuntimeError, match="closed"):
        await client_variant.result_of(campaign.campaign.health())


def test_the_root_exports_the_names_in_all():
    assert sorted(imd_sdk.__all__) == imd_sdk.__all__
    assert set(imd_sdk.__all__) < set(dir(imd_sdk))
    assert all(getattr(imd_sdk, name) is not None for name in imd_sdk.__all__)
    assert set(errors.__all__) <= set(imd_sdk.__all__)
    with pytest.raises(AttributeError, match="Clyent"):
        imd_sdk.Clyent  # noqa: B018 - there is none


def test_the_root_imports_nothing_heavy():
    heavy = ["httpx", "httpx2", "pydantic", "anyio", "asyncio", "ssl", "imd_sdk.errors"]
    heavy += ["imd_locale", "imd_campaign", "imd_widgets", "imd_cli"]
    output = python(f"import imd_sdk, sys; print([m for m in {heavy} if m in sys.modules])")
    assert output == "[]"


MODULES = ["bulk", "cache", "errors", "hooks", "models", "options", "testing", "webhooks"]


def test_public_modules_are_attributes_of_the_package():
    used = f"[getattr(imd_sdk, name).__name__ for name in {MODULES}]"
    assert python(f"import imd_sdk; print({used})") == str([f"imd_sdk.{name}" for name in MODULES])
    assert set(MODULES) < set(dir(imd_sdk))


def test_a_module_is_imported_only_when_it_is_used():
    loaded = "[name for name in sys.modules if name.startswith('imd_sdk.') and name[8] != '_']"
    use = "import imd_sdk, sys; imd_sdk.models.Event"
    assert python(f"{use}; print({loaded})") == "['imd_sdk.models']"


def test_hooks_and_caches_are_loaded_only_when_they_are_used():
    layers = ["imd_sdk.hooks", "imd_sdk._observing", "imd_sdk.cache", "imd_sdk._caching"]
    use = "from imd_sdk import Client; Client('https://campaign.example')"
    assert python(f"{use}; import sys; print([m for m in {layers} if m in sys.modules])") == "[]"


def test_importing_a_client_loads_no_models():
    models = ["imd_sdk.endpoints", "imd_sdk.async_endpoints", "imd_sdk.models", "asyncio"]
    use = "from imd_sdk import AsyncClient, Client"
    assert python(f"{use}; import sys; print([m for m in {models} if m in sys.modules])") == "[]"


def test_the_client_imports_no_server():
    heavy = ["httpx2", "starlette", "sqlalchemy"]
    heavy += ["imd_locale", "imd_campaign", "imd_widgets", "imd_cli"]
    use = "from imd_sdk import AsyncClient; AsyncClient('https://campaign.example')"
    output = python(f"{use}; import sys; print([m for m in {heavy} if m in sys.modules])")
    assert output == "[]"


def python(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()
