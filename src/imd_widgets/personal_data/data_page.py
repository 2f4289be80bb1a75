"""The pages behind the link to one's own data. Only their buttons have an effect."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import Conflict, Gone, ImdError
from imd_sdk.models import PersonalData, PersonalDataState
from imd_widgets.caching.cache import MISSING_ERRORS, Missing, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import get_context
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import Form, is_ticked, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.personal_data.actions import ACTIONS, Action
from imd_widgets.personal_data.data_view import list_sections
from imd_widgets.petitions.counter import MAX_SIGNERS

# Somebody has done it before, in another window for instance.
DONE_ERRORS = (Conflict, Gone, *MISSING_ERRORS)
OPEN, CLOSED, EXPIRED, UNKNOWN = "open", "closed", "expired", "unknown"


async def show_page(request: Request) -> Response:
    data, status, state = await _load(request)
    sections = list_sections(data, get_language(request)) if data else []
    return _render(request, "personal_data.html", status, state=state, data=data, sections=sections)


async def show_action(request: Request) -> Response:
    action = _get_action(request)
    data, _, state = await _load(request)
    item = require_name(request.path_params["id"])
    title = dict(action.list_titles(data)).get(item) if data and state == OPEN else None
    if title is None:
        return await redirect_to_page(request)
    return _render(
        request,
        "personal_data_action.html",
        action=action,
        action_path=f"{_make_path(request)}/{action.name}/{quote(item, safe='')}",
        title=title,
    )


async def act(request: Request) -> Response:
    """Act, and show what is kept then; what is gone already needs no error."""
    await read_form(request)
    action, context = _get_action(request), get_context(request)
    data, _, _ = await _load(request)
    try:
        with suppress(*DONE_ERRORS):
            await action.call(
                context.source.client, _get_token(request), require_name(request.path_params["id"])
            )
    except ImdError as error:
        raise Unavailable from error
    _expire_cache(request, data)
    return await redirect_to_page(request)


async def show_erasure(request: Request) -> Response:
    data, _, state = await _load(request)
    if data is None or state != OPEN:
        return await redirect_to_page(request)
    return _render(request, "personal_data_erasure.html", data=data, form=Form())


async def erase(request: Request) -> Response:
    values = await read_form(request)
    data, _, _ = await _load(request)
    is_blocked = is_ticked(values, "block")
    try:
        await get_context(request).source.client.personal_data.erase(
            _get_token(request), block=is_blocked
        )
    except (Gone, *MISSING_ERRORS):
        return await redirect_to_page(request)
    except ImdError as error:
        raise Unavailable from error
    _expire_cache(request, data)
    return (
        await redirect_to_page(request) if is_blocked else redirect_to(request, "/your-data/erased")
    )


async def show_erased(request: Request) -> Response:
    return _render(request, "personal_data_erased.html")


async def block(request: Request) -> Response:
    return await _press(request, "block")


async def allow_emails(request: Request) -> Response:
    return await _press(request, "unblock")


async def _press(request: Request, name: str) -> Response:
    await read_form(request)
    call = getattr(get_context(request).source.client.personal_data, name)
    try:
        with suppress(*DONE_ERRORS):
            await call(_get_token(request))
    except ImdError as error:
        raise Unavailable from error
    return await redirect_to_page(request)


async def redirect_to_page(request: Request) -> Response:
    """Redirect to the page, which shows what is kept now."""
    return redirect_to(request, _make_path(request))


async def _load(request: Request) -> tuple[PersonalData | None, HTTPStatus, str]:
    client = get_context(request).source.client
    try:
        data = await client.personal_data.get(_get_token(request))
    except Gone:
        return None, HTTPStatus.GONE, EXPIRED
    except MISSING_ERRORS:
        return None, HTTPStatus.NOT_FOUND, UNKNOWN
    except ImdError as error:
        raise Unavailable from error
    return data, HTTPStatus.OK, OPEN if data.state == PersonalDataState.OPEN else CLOSED


def _expire_cache(request: Request, data: PersonalData | None) -> None:
    """Let the pages of what has changed load it again."""
    if data is None:
        return
    cache = get_context(request).source.cache
    for signature in data.signatures:
        cache.expire(("count", signature.petition))
        cache.expire(("signers", signature.petition, MAX_SIGNERS))
    for event_id in [event.id for event in data.events] + [a.event for a in data.attendances]:
        cache.expire(("event", event_id))


def _get_action(request: Request) -> Action:
    action = ACTIONS.get(request.path_params["action"])
    if action is None:
        raise Missing
    return action


def _get_token(request: Request) -> str:
    return require_name(request.path_params["token"])


def _make_path(request: Request) -> str:
    return f"/your-data/{quote(_get_token(request), safe='')}"


def _render(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> Response:
    path = _make_path(request) if "token" in request.path_params else ""
    return render_page(
        request, template, status=status, is_cacheable=False, data_path=path, **values
    )


ROUTES = open_until_switched_off(
    Route("/your-data/erased", show_erased),
    Route("/your-data/{token}", show_page),
    Route("/your-data/{token}/erase", show_erasure),
    Route("/your-data/{token}/erase", erase, methods=["POST"]),
    Route("/your-data/{token}/block", redirect_to_page),
    Route("/your-data/{token}/block", block, methods=["POST"]),
    Route("/your-data/{token}/allow", redirect_to_page),
    Route("/your-data/{token}/allow", allow_emails, methods=["POST"]),
    Route("/your-data/{token}/{action}/{id}", show_action),
    Route("/your-data/{token}/{action}/{id}", act, methods=["POST"]),
)
