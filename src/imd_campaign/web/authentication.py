from collections.abc import Callable, Collection
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from imd_campaign.api_keys import service
from imd_campaign.api_keys.service import Caller
from imd_campaign.errors import Forbidden, Unauthorized
from imd_campaign.web.dependencies import context_of

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="imd_…",
    description="An API key from the campaign staff, with the required scopes.",
)


class AuthenticationMiddleware:
    """Identify the caller, and reject callers who may not use the route before reading the rest.

    An unknown key is rejected everywhere, never treated as an anonymous request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            values = Headers(scope=scope).getlist("authorization")
            caller = await _authenticate(scope, values)
            validator = scope["app"].state.openapi_validator
            check_scopes(caller, validator.find_scopes(scope["method"], scope["path"]))
            scope["state"]["caller"] = caller
        await self.app(scope, receive, send)


async def _authenticate(scope: Scope, values: list[str]) -> Caller | None:
    if not values:
        return None
    scheme, _, key = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer":
        raise Unauthorized
    return await run_in_threadpool(service.authenticate, context_of(scope), key.strip())


def check_scopes(caller: Caller | None, needed: Collection[str]) -> None:
    if not needed:
        return
    if caller is None:
        raise Unauthorized
    if missing := sorted(set(needed) - caller.scopes):
        raise Forbidden(missing[0])


def require_scope(scope: str) -> Callable[..., Caller]:
    """Document a scope, and check it again: a route never depends on the order of middleware."""

    def check_scope(
        request: Request, _: Annotated[object, Security(BEARER, scopes=[scope])]
    ) -> Caller:
        caller: Caller | None = request.state.caller
        if caller is None:
            raise Unauthorized
        check_scopes(caller, [scope])
        return caller

    return check_scope


ReadsSignatures = Annotated[Caller, Depends(require_scope("signatures:read"))]
ReportsBounces = Annotated[Caller, Depends(require_scope("bounces:report"))]
ModeratesEvents = Annotated[Caller, Depends(require_scope("events:moderate"))]
ManagesWebhooks = Annotated[Caller, Depends(require_scope("webhooks:manage"))]
ManagesOrders = Annotated[Caller, Depends(require_scope("orders:manage"))]
AttestsSignatures = Annotated[Caller, Depends(require_scope("signatures:attest"))]
ReadsPartnerNumbers = Annotated[Caller, Depends(require_scope("partners:read"))]
