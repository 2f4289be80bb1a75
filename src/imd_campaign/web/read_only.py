"""Rejects all changes while the campaign is read-only, and after it has closed."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from imd_campaign.errors import CampaignClosed
from imd_campaign.switches import service as switches
from imd_campaign.web.client_network import CHANGING_METHODS
from imd_campaign.web.dependencies import context_of

API = "/v1/"
# Links to a checkout do not end: money that arrives after closing is recorded, to be paid back.
PAYMENTS = re.compile(r"/v1/orders/[^/]+/payments")


class ReadOnlyMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_change(scope):
            await _reject_changes(scope)
        await self.app(scope, receive, send)


async def _reject_changes(scope: Scope) -> None:
    try:
        await switches.reject_changes(context_of(scope))
    except CampaignClosed:
        if not PAYMENTS.fullmatch(scope["path"]):
            raise


def _is_change(scope: Scope) -> bool:
    return scope["method"] in CHANGING_METHODS and scope["path"].startswith(API)
