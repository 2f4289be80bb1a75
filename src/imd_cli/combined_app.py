"""Campaign, console and widgets as one ASGI app; the widgets call the campaign in memory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from imd_campaign.api_keys.service import generate_key
from imd_campaign.app import create_app as create_campaign
from imd_cli.campaign_app import dispatch
from imd_console.app import create_app as create_console
from imd_console.app import is_console_path
from imd_sdk import AsyncClient
from imd_widgets.app import create_app as create_widgets

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from imd_campaign.settings import Settings as CampaignSettings
    from imd_widgets.settings import Settings as WidgetSettings

CAMPAIGN_PATHS = ("/v1/", "/healthz", "/readyz")


def create_app(
    campaign_settings: "CampaignSettings",
    widget_settings: "WidgetSettings",
    *,
    routes: Sequence[BaseRoute] = (),
    ready: Callable[[], None] = lambda: None,
) -> Starlette:
    key = generate_key()
    campaign = create_campaign(campaign_settings, relay_key=key)
    widget_settings = widget_settings.model_copy(update={"campaign_key": SecretStr(key)})
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(campaign, raise_app_exceptions=False),
        base_url=widget_settings.campaign_url,
    )
    client = AsyncClient(widget_settings.campaign_url, api_key=key, http_client=http)
    widgets = create_widgets(widget_settings, client=client)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(campaign.router.lifespan_context(campaign))
            await stack.enter_async_context(http)
            await stack.enter_async_context(widgets.router.lifespan_context(widgets))
            ready()
            yield

    console = create_console(lambda: campaign.state.context)
    app = Starlette(routes=list(routes), lifespan=lifespan)
    app.state.campaign = campaign
    app.router.default = dispatch(_make_chooser(campaign, console, widgets))
    return app


def _make_chooser(
    campaign: "ASGIApp", console: "ASGIApp", widgets: "ASGIApp"
) -> Callable[[str], "ASGIApp"]:
    def choose(path: str) -> "ASGIApp":
        if is_console_path(path):
            return console
        return campaign if path.startswith(CAMPAIGN_PATHS) else widgets

    return choose
