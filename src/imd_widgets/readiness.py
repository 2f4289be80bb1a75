"""Whether the widgets server reaches its campaign, for the people who run it."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from imd_widgets.context import get_context

UNREACHABLE = {
    "part": "campaign",
    "message": (
        "The campaign does not respond, or rejects this server's key. Widgets show its last data; "
        "forms do not work."
    ),
}


async def report_readiness(request: Request) -> JSONResponse:
    is_ready = await get_context(request).campaign_check.run()
    body = {
        "status": "ok" if is_ready else "unavailable",
        "reasons": [] if is_ready else [UNREACHABLE],
    }
    return JSONResponse(body, 200 if is_ready else 503, headers={"Cache-Control": "no-store"})


ROUTES = [Route("/readyz", report_readiness)]
