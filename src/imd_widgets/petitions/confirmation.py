from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import Gone, ImdError
from imd_sdk.models import Confirmation
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import get_context
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import read_form
from imd_widgets.pages.page_responses import redirect_to, render_page


@dataclass(frozen=True)
class ConfirmationResult:
    state: str
    status: HTTPStatus = HTTPStatus.OK
    confirmation: Confirmation | None = None


async def show_page(request: Request) -> Response:
    client = get_context(request).source.client
    return _render(request, await _load(client.petitions.confirmation(_get_token(request))))


async def confirm(request: Request) -> Response:
    await read_form(request)
    source = get_context(request).source
    result = await _load(source.client.petitions.confirm(_get_token(request)))
    if result.confirmation is None:
        return _render(request, result)
    source.cache.expire(("count", result.confirmation.petition))
    return redirect_to(request, f"/confirm/{quote(_get_token(request), safe='')}")


async def _load(loading: Awaitable[Confirmation]) -> ConfirmationResult:
    try:
        confirmation = await loading
    except Gone:
        return ConfirmationResult("expired", HTTPStatus.GONE)
    except MISSING_ERRORS:
        return ConfirmationResult("unknown", HTTPStatus.NOT_FOUND)
    except ImdError as error:
        raise Unavailable from error
    return ConfirmationResult(confirmation.state, confirmation=confirmation)


def _get_token(request: Request) -> str:
    return require_name(request.path_params["token"])


def _render(request: Request, result: ConfirmationResult) -> Response:
    return render_page(
        request,
        "confirmation.html",
        status=result.status,
        is_cacheable=False,
        state=result.state,
        confirmation=result.confirmation,
    )


ROUTES = open_until_switched_off(
    Route("/confirm/{token}", show_page),
    Route("/confirm/{token}", confirm, methods=["POST"]),
)
