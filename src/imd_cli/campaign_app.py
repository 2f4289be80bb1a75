"""A campaign server and its staff console as one ASGI app."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from imd_campaign.app import create_app as create_campaign
from imd_console.app import create_app as create_console
from imd_console.app import is_console_path

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from imd_campaign.settings import Settings


def create_app(settings: "Settings") -> Starlette:
    campaign = create_campaign(settings)
    console = create_console(lambda: campaign.state.context)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with campaign.router.lifespan_context(campaign):
            yield

    app = Starlette(lifespan=lifespan)
    app.router.default = dispatch(lambda path: console if is_console_path(path) else campaign)
    return app


def dispatch(choose: Callable[[str], "ASGIApp"]) -> "ASGIApp":
    """Return an app that passes each request to the one that is chosen for its path."""

    async def pass_on(scope: "Scope", receive: "Receive", send: "Send") -> None:
        await choose(scope["path"])(scope, receive, send)

    return pass_on
