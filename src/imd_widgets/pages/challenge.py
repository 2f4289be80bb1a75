"""The proof of work that the script of a form solves while the form is filled in."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imd_sdk import ImdError
from imd_sdk.models import Challenge
from imd_widgets.context import get_context
from imd_widgets.pages.visitors import get_relay_options

PATH = "/challenge"
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def serve_challenge(request: Request) -> Response:
    found = await _load_challenge(request)
    challenge = found and {"parameters": dict(found.parameters), "signature": found.signature}
    return JSONResponse({"challenge": challenge}, headers=HEADERS)


async def _load_challenge(request: Request) -> Challenge | None:
    """Ask the campaign; if it does not respond, the form goes without a proof."""
    campaign = get_context(request).source.client.campaign
    try:
        return await campaign.challenge(**get_relay_options(request))
    except ImdError:
        return None


ROUTES = (Route(PATH, serve_challenge),)
