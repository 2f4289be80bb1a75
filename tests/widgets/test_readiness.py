"""GET /readyz of the widgets says whether their campaign responds; metrics count its calls."""

import httpx
import pytest
from prometheus_client import generate_latest

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.metrics import CampaignHook, Metrics
from imd_widgets.settings import Settings

pytestmark = pytest.mark.anyio


async def ask(status: int, times: int = 1) -> tuple[httpx.Response, list[str], str]:
    """Request /readyz of widgets whose campaign responds with this status, or not at all."""
    asked = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if not status:
            raise httpx.ConnectError("down")
        return httpx.Response(status, json={"status": "ok"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    metrics = Metrics()
    hooks = [CampaignHook(metrics)]
    async with http, AsyncClient("http://campaign", http_client=http, hooks=hooks) as campaign:
        app = create_app(Settings(), campaign)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://widgets") as browser,
        ):
            for _ in range(times):
                response = await browser.get("/readyz")
    return response, asked, generate_latest(metrics.registry).decode()


async def test_campaign_that_responds_makes_widgets_ready():
    response, asked, _ = await ask(200, times=3)
    assert (response.status_code, response.json()) == (200, {"status": "ok", "reasons": []})
    assert asked == ["/healthz"]


@pytest.mark.parametrize("status", [0, 401, 503])
async def test_campaign_that_does_not_is_the_reason(status):
    response, _, _ = await ask(status)
    assert (response.status_code, response.headers["cache-control"]) == (503, "no-store")
    assert [reason["part"] for reason in response.json()["reasons"]] == ["campaign"]


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "response"), (401, "response"), (503, "failure"), (0, "failure")]
)
async def test_calls_are_counted_by_outcome(status, outcome):
    _, _, metrics = await ask(status)
    line = f'imd_widgets_campaign_calls_total{{outcome="{outcome}",route="/healthz"}} 1.0'
    assert line in metrics


async def test_known_widgets_are_counted_by_their_route(browser):
    for _ in range(2):
        await browser.get("/w/counter/convention?theme=dark")
    metrics = generate_latest(browser._transport.app.state.metrics.registry).decode()
    labels = 'method="GET",route="/w/counter/{petition}",status="200"'
    assert f"imd_widgets_http_requests_total{{{labels}}} 2.0" in metrics
