import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache, partial
from typing import Any

from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.types import Lifespan

from imd_campaign.campaign import routes as campaign
from imd_campaign.context import Context, open_database, open_vault, utc_now
from imd_campaign.db import Database
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.events import routes as events
from imd_campaign.kit import routes as kit
from imd_campaign.mail.letters import catalogues
from imd_campaign.mail.postman import Postman
from imd_campaign.mail.transports import open_transport
from imd_campaign.petitions import routes as petitions
from imd_campaign.posters import routes as posters
from imd_campaign.settings import Settings
from imd_campaign.web import about, health
from imd_campaign.web.access import Access
from imd_campaign.web.bodies import Bodies
from imd_campaign.web.conditional import Conditional
from imd_campaign.web.contract import Contract, only_known_parameters
from imd_campaign.web.cors import Cors
from imd_campaign.web.envelope import Catching, Envelope, HeadAsGet, NoCookies
from imd_campaign.web.idempotency import Idempotency
from imd_campaign.web.logs import quieten
from imd_campaign.web.openapi import document
from imd_campaign.web.problems import answer_with_problems

LOG = logging.getLogger("imd_campaign")
TITLE = "International Migrants Day campaign"
ROUTERS = (
    campaign.router,
    petitions.router,
    events.router,
    posters.router,
    kit.router,
    events.moderation,
    about.router,
    health.router,
)

# Outermost first.
LAYERS = (
    Envelope,
    NoCookies,
    HeadAsGet,
    Cors,
    Catching,
    Conditional,
    Bodies,
    Access,
    Idempotency,
)


def create_app(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    app = FastAPI(
        title=TITLE,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(only_known_parameters)],
        middleware=[Middleware(layer) for layer in LAYERS],
        lifespan=_lifespan(settings, clock),
    )
    answer_with_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    app.state.document = _document()
    app.state.contract = Contract(app.state.document)
    return app


@cache
def _document() -> dict[str, Any]:
    return document(TITLE, ROUTERS)


def _lifespan(settings: Settings, clock: Callable[[], datetime]) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        quieten()
        catalogues()
        database, letters = open_database(settings), asyncio.Event()
        wake = partial(asyncio.get_running_loop().call_soon_threadsafe, letters.set)
        context = Context(settings, database, open_vault(settings), clock, wake)
        app.state.context = context
        try:
            await to_thread.run_sync(_check_secrets, database)
            async with _postman(context, letters):
                yield
        finally:
            del app.state.context
            database.engine.dispose()

    return lifespan


def _check_secrets(database: Database) -> None:
    """Wrong secrets end the start; a database that is away is checked when it is there."""
    try:
        database.check()
    except SecretsMismatch:
        raise
    except Unavailable:
        LOG.warning("the database is not reachable, or not migrated (imd campaign migrate)")


@asynccontextmanager
async def _postman(context: Context, letters: asyncio.Event) -> AsyncIterator[None]:
    if not context.settings.mail_delivery:
        yield
        return
    postman = Postman(context, open_transport(context.settings), letters)
    working = asyncio.create_task(postman.work())
    yield
    postman.stop()
    await working
