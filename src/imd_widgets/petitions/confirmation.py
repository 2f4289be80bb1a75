from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import Gone, ImdError
from imd_sdk.models import Confirmation
from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.caching.source import named
from imd_widgets.context import context_of
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import read_form
from imd_widgets.pages.page_responses import redirect_to, show


@dataclass(frozen=True)
class Answer:
    state: str
    status: HTTPStatus = HTTPStatus.OK
    confirmation: Confirmation | None = None


async def page(request: Request) -> Response:
    client = context_of(request).source.client
    return _show(request, await _ask(client.petitions.confirmation(_token(request))))


async def confirm(request: Request) -> Response:
    await read_form(request)
    source = context_of(request).source
    answer = await _ask(source.client.petitions.confirm(_token(request)))
    if answer.confirmation is None:
        return _show(request, answer)
    source.cache.expire(("count", answer.confirmation.petition))
    return redirect_to(request, f"/confirm/{quote(_token(request), safe='')}")


async def _ask(question: Awaitable[Confirmation]) -> Answer:
    try:
        confirmation = await question
    except Gone:
        return Answer("expired", HTTPStatus.GONE)
    except MISSING:
        return Answer("unknown", HTTPStatus.NOT_FOUND)
    except ImdError as error:
        raise Unavailable from error
    return Answer(confirmation.state, confirmation=confirmation)


def _token(request: Request) -> str:
    return named(request.path_params["token"])


def _show(request: Request, answer: Answer) -> Response:
    return show(
        request,
        "confirmation.html",
        status=answer.status,
        kept=False,
        state=answer.state,
        confirmation=answer.confirmation,
    )


ROUTES = open_until_switched_off(
    Route("/confirm/{token}", page),
    Route("/confirm/{token}", confirm, methods=["POST"]),
)
