import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import cache, partial
from typing import Any

from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.types import Lifespan

from imd_campaign.bounces import routes as bounces
from imd_campaign.campaign import routes as campaign
from imd_campaign.challenges import routes as challenges
from imd_campaign.confirmations import routes as confirmations
from imd_campaign.content import routes as content
from imd_campaign.context import Context, utc_now
from imd_campaign.db import Database
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.events import routes as events
from imd_campaign.leases.service import Lease
from imd_campaign.mail.email_templates import load_catalogues
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.transports import FolderTransport, open_transport
from imd_campaign.metrics import Metrics
from imd_campaign.monitoring import routes as monitoring
from imd_campaign.monitoring.state import DatabaseState, ProcessState
from imd_campaign.personal_data import routes as personal_data
from imd_campaign.petitions import partner_routes
from imd_campaign.petitions import routes as petitions
from imd_campaign.posters import routes as posters
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_database_for_leases, open_vault
from imd_campaign.web import api_docs, health
from imd_campaign.web.authentication import AuthenticationMiddleware
from imd_campaign.web.client_network import ClientNetworkMiddleware
from imd_campaign.web.cors import CorsMiddleware
from imd_campaign.web.etags import ConditionalGetMiddleware
from imd_campaign.web.idempotency import IdempotencyMiddleware
from imd_campaign.web.log_redaction import install_log_filters
from imd_campaign.web.middleware import (
    CookieMiddleware,
    ErrorMiddleware,
    HeadMiddleware,
    RequestIdMiddleware,
    get_route,
)
from imd_campaign.web.openapi import make_document
from imd_campaign.web.openapi_validation import OpenApiValidator, reject_unknown_parameters
from imd_campaign.web.problems import add_problem_handlers
from imd_campaign.web.public_cache import PublicCache, PublicCacheMiddleware
from imd_campaign.web.read_only import ReadOnlyMiddleware
from imd_campaign.web.request_body import RequestBodyMiddleware
from imd_campaign.webhooks import routes as webhooks
from imd_campaign.webhooks.delivery import WebhookSender
from imd_campaign.worker import LEASE, Worker
from imd_monitoring.metrics_server import serve_metrics
from imd_monitoring.request_metrics import RequestMetricsMiddleware

LOG = logging.getLogger("imd_campaign")
FOLDER_LOG = logging.getLogger("imd_campaign.mail.folder")
TITLE = "International Migrants Day campaign"
ROUTERS = (
    campaign.router,
    petitions.router,
    partner_routes.router,
    confirmations.router,
    personal_data.router,
    events.router,
    posters.router,
    challenges.router,
    content.router,
    events.moderation_router,
    posters.moderation_router,
    bounces.router,
    webhooks.router,
    api_docs.router,
    health.router,
    monitoring.router,
)

# Outermost first. HEAD is counted as GET, and the cache counts what it sends.
OUTER_LAYERS = (HeadMiddleware, PublicCacheMiddleware)
INNER_LAYERS = (
    RequestIdMiddleware,
    CookieMiddleware,
    CorsMiddleware,
    ErrorMiddleware,
    ConditionalGetMiddleware,
    AuthenticationMiddleware,
    ReadOnlyMiddleware,
    RequestBodyMiddleware,
    ClientNetworkMiddleware,
    IdempotencyMiddleware,
)


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    relay_key: str | None = None,
) -> FastAPI:
    """Make the application; `relay_key` is that of a widgets server in the same process."""
    metrics = Metrics()
    app = FastAPI(
        title=TITLE,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(reject_unknown_parameters)],
        middleware=[
            *(Middleware(layer) for layer in OUTER_LAYERS),
            Middleware(RequestMetricsMiddleware, metrics.requests, get_route),
            *(Middleware(layer) for layer in INNER_LAYERS),
        ],
        lifespan=make_lifespan(settings, clock, relay_key),
    )
    app.state.metrics = metrics
    add_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.state.document = _make_document()
    app.state.openapi_validator = OpenApiValidator(app.state.document)
    return app


@cache
def _make_document() -> dict[str, Any]:
    return make_document(TITLE, ROUTERS)


def make_lifespan(
    settings: Settings, clock: Callable[[], datetime], relay_key: str | None = None
) -> Lifespan[FastAPI]:
    """Open the database, the vault and the worker while an application runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        install_log_filters()
        load_catalogues()
        database, wake_event = open_database(settings), asyncio.Event()
        wake = partial(asyncio.get_running_loop().call_soon_threadsafe, wake_event.set)
        context = Context(
            settings,
            database,
            open_vault(settings),
            clock,
            wake,
            metrics=app.state.metrics,
            relay_key=relay_key,
        )
        app.state.context = context
        app.state.public_cache = PublicCache(database.changes, clock, app.state.metrics.requests)
        try:
            await to_thread.run_sync(_check_secrets, database)
            async with _run_worker(context, wake_event) as worker:
                with _serve_metrics(app, context, worker):
                    yield
        finally:
            del app.state.context, app.state.public_cache
            database.engine.dispose()

    return lifespan


def _check_secrets(database: Database) -> None:
    """Stop if the secrets are wrong; an unreachable database is checked later."""
    try:
        database.check()
    except SecretsMismatch:
        raise
    except Unavailable:
        LOG.warning(
            "the database is unavailable or not migrated; if it is reachable, run: imd campaign "
            "migrate"
        )


@asynccontextmanager
async def _run_worker(context: Context, wake: asyncio.Event) -> AsyncIterator[Worker | None]:
    if not context.settings.mail_delivery:
        yield None
        return
    lease_database = open_database_for_leases(context.settings)
    lease = Lease(lease_database, LEASE)
    worker = Worker(context, _open_sender(context), WebhookSender(context), wake, lease)
    working = asyncio.create_task(worker.work())
    yield worker
    worker.stop()
    await working
    lease_database.engine.dispose()


@contextmanager
def _serve_metrics(app: FastAPI, context: Context, worker: Worker | None) -> Iterator[None]:
    registry, cache = context.metrics.registry, app.state.public_cache
    states = (
        ProcessState(context, worker, lambda: cache.size),
        DatabaseState(context),
    )
    for state in states:
        registry.register(state)
    try:
        with serve_metrics(registry, context.settings.metrics_port):
            yield
    finally:
        for state in states:
            registry.unregister(state)


def _open_sender(context: Context) -> MailSender | None:
    transport = open_transport(context.settings)
    if transport is None:
        LOG.warning("IMD_CAMPAIGN_MAIL is not set: no e-mail is sent, and all of it waits")
        return None
    if isinstance(transport, FolderTransport):
        FOLDER_LOG.warning("e-mails are written to a folder, unencrypted, instead of being sent")
    return MailSender(context, transport)
