"""The proof of work that the script of a form solves while the form is filled in."""

from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imd_sdk import ImdError, RateLimited
from imd_sdk.models import Challenge
from imd_widgets.context import get_context
from imd_widgets.pages.visitors import get_relay_options

if TYPE_CHECKING:
    from imd_sdk.options import Options

PATH = "/challenge"
DEFAULT_WAIT = 60
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def serve_challenge(request: Request) -> Response:
    """Ask the campaign; without a challenge, the form is sent without a proof."""
    campaign = get_context(request).source.client.campaign
    options: Options = {**get_relay_options(request), "max_retries": 0}
    try:
        found = await campaign.challenge(**options)
    except RateLimited as error:
        return _reject(error)
    except ImdError:
        return _respond(None)
    return _respond(found)


def _respond(found: Challenge | None) -> Response:
    challenge = found and {"parameters": dict(found.parameters), "signature": found.signature}
    return JSONResponse({"challenge": challenge}, headers=HEADERS)


def _reject(error: RateLimited) -> Response:
    wait = ceil(error.retry_after or DEFAULT_WAIT)
    headers = HEADERS | {"Retry-After": str(wait)}
    return JSONResponse({"challenge": None}, HTTPStatus.TOO_MANY_REQUESTS, headers)


ROUTES = (Route(PATH, serve_challenge),)
