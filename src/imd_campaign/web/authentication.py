from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from imd_campaign.errors import Forbidden, Unauthorized
from imd_campaign.keys import service
from imd_campaign.keys.service import Caller
from imd_campaign.web.dependencies import context_of

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="imd_…",
    description="An API key from the campaign staff, with the required scopes.",
)


class AuthenticationMiddleware:
    """Finds out who is asking; a key that is not known is refused, never taken for nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = Headers(scope=scope).getlist("authorization")
            scope["state"]["caller"] = await _caller(scope, sent)
        await self.app(scope, receive, send)


async def _caller(scope: Scope, sent: list[str]) -> Caller | None:
    if not sent:
        return None
    scheme, _, key = sent[0].partition(" ")
    if len(sent) > 1 or scheme.lower() != "bearer":
        raise Unauthorized
    return await run_in_threadpool(service.authenticate, context_of(scope), key.strip())


def caller_with(scope: str) -> Callable[..., Caller]:
    def needed(request: Request, _: Annotated[object, Security(BEARER, scopes=[scope])]) -> Caller:
        caller: Caller | None = request.state.caller
        if caller is None:
            raise Unauthorized
        if scope not in caller.scopes:
            raise Forbidden(scope)
        return caller

    return needed


ReadsSignatures = Annotated[Caller, Depends(caller_with("signatures:read"))]
ModeratesEvents = Annotated[Caller, Depends(caller_with("events:moderate"))]
