"""A host's own page, behind the link in the e-mails: numbers, guests of a home, cancelling."""

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import AlreadyDecided, EventClosed, ImdError, InvalidRequest, NotFound, SoldOut
from imd_sdk.models import AttendanceReview, HostedEvent
from imd_widgets.caching.cache import MISSING_ERRORS, Missing, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import get_context
from imd_widgets.events.change_list import list_differences
from imd_widgets.events.event import make_view
from imd_widgets.events.own_attendance import NOT_SAVED, show_invalid_link
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import FieldError, Form, list_field_errors, read_form
from imd_widgets.pages.page_responses import (
    describe_done,
    get_language,
    redirect_to,
    render_page,
)
from imd_widgets.widget.options import N_

WORDS = {
    "capacity": N_("Enter a whole number from 1 to 1,000,000, or leave it empty."),
    "reason": N_("Enter a reason of up to 300 characters, without links or e-mail addresses."),
}
MAX_DIGITS = 9
NO_NUMBER = 0
"""What the campaign rejects as a capacity."""


async def show_page(request: Request) -> Response:
    hosted = await load_hosted(request)
    if hosted is None:
        return show_invalid_link(request)
    capacity = str(hosted.event.capacity or "")
    return await _render(request, hosted, Form({"capacity": capacity}))


async def set_capacity(request: Request) -> Response:
    values = await read_form(request)
    client = get_context(request).source.client
    try:
        capacity = _parse_capacity(values.get("capacity", ""))
        changed = await client.hosted_events.set_capacity(get_token(request), capacity)
    except (EventClosed, NotFound):
        return redirect_to(request, make_path(request))
    except ImdError as error:
        hosted = await load_hosted(request)
        if hosted is None:
            return show_invalid_link(request)
        status, errors = describe_error(error, WORDS, get_language(request))
        return await _render(request, hosted, Form(values, errors), status)
    expire_event(request, changed)
    return redirect_to(request, make_path(request), done="saved")


def _parse_capacity(written: str) -> int | None:
    """Read digits of any script; what is no number is rejected by the campaign."""
    if not written:
        return None
    is_number = written.isdecimal() and len(written) <= MAX_DIGITS
    return int(written) if is_number else NO_NUMBER


async def decide_guest(request: Request) -> Response:
    """Decide, and show the guests as they are then: somebody may have decided before."""
    values = await read_form(request)
    decision = "accept" if values.get("decision") == "accept" else "decline"
    guest = require_name(request.path_params["id"])
    client = get_context(request).source.client
    done = ""
    try:
        with suppress(AlreadyDecided, EventClosed, SoldOut, *MISSING_ERRORS):
            await client.hosted_events.decide_guest(get_token(request), guest, decision=decision)
            done = "saved"
    except ImdError as error:
        raise Unavailable from error
    return redirect_to(request, make_path(request), done=done)


async def show_cancel_page(request: Request) -> Response:
    hosted = await load_hosted(request)
    if hosted is None:
        return show_invalid_link(request)
    return _render_cancel_page(request, hosted, Form())


async def cancel(request: Request) -> Response:
    values = await read_form(request)
    hosted = await load_hosted(request)
    if hosted is None:
        return show_invalid_link(request)
    try:
        path = await _cancel_or_withdraw(request, hosted, values.get("reason", ""))
    except (AlreadyDecided, EventClosed, NotFound):
        return redirect_to(request, make_path(request))
    except ImdError as error:
        status, errors = describe_error(error, WORDS, get_language(request))
        return _render_cancel_page(request, hosted, Form(values, errors), status)
    expire_event(request, hosted)
    return redirect_to(request, path)


async def _cancel_or_withdraw(request: Request, hosted: HostedEvent, reason: str) -> str:
    """Return the path of the page that says so."""
    client, token = get_context(request).source.client, get_token(request)
    if hosted.state == "pending_review":
        await client.hosted_events.withdraw(token)
        return "/hosted-events/withdrawn"
    await client.hosted_events.cancel(token, reason=reason)
    return make_path(request)


async def show_withdrawn(request: Request) -> Response:
    return render_page(request, "own_link_notice.html", is_cacheable=False, state="withdrawn")


async def redirect_to_page(request: Request) -> Response:
    return redirect_to(request, make_path(request))


async def load_hosted(request: Request) -> HostedEvent | None:
    try:
        return await get_context(request).source.client.hosted_events.get(get_token(request))
    except MISSING_ERRORS:
        return None
    except ImdError as error:
        raise Unavailable from error


def describe_error(
    error: ImdError, words: dict[str, str], language: Language
) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, words, language)
    return HTTPStatus.SERVICE_UNAVAILABLE, (FieldError("", language.gettext(NOT_SAVED)),)


def expire_event(request: Request, hosted: HostedEvent) -> None:
    get_context(request).source.cache.expire(("event", hosted.event.id))


def get_token(request: Request) -> str:
    return require_name(request.path_params["token"])


def make_path(request: Request) -> str:
    return f"/hosted-events/{quote(get_token(request), safe='')}"


async def _render(
    request: Request, hosted: HostedEvent, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    context, language = get_context(request), get_language(request)
    view = make_view(hosted.event, language, context.clock())
    guests, next_cursor = await _load_guests(request, hosted)
    return render_page(
        request,
        "hosted_event.html",
        status=status,
        is_cacheable=False,
        hosted=hosted,
        view=view,
        is_open=view.is_open,
        differences=list_differences(hosted, language),
        done=describe_done(request),
        guests=guests,
        next_cursor=next_cursor,
        form=form,
        own_path=make_path(request),
    )


async def _load_guests(
    request: Request, hosted: HostedEvent
) -> tuple[Sequence[AttendanceReview] | None, str | None]:
    """Return a page of the guests; None if the host may not see who they are."""
    if not hosted.private:
        return None, None
    client, cursor = get_context(request).source.client, request.query_params.get("cursor")
    pager = client.hosted_events.guests(get_token(request), cursor=cursor)
    try:
        async for page in pager.pages():
            return page.items, page.next
    except InvalidRequest as error:
        raise Missing from error
    except ImdError as error:
        raise Unavailable from error
    return [], None


def _render_cancel_page(
    request: Request, hosted: HostedEvent, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    return render_page(
        request,
        "hosted_cancel.html",
        status=status,
        is_cacheable=False,
        hosted=hosted,
        form=form,
        own_path=make_path(request),
    )


ROUTES = open_until_switched_off(
    Route("/hosted-events/withdrawn", show_withdrawn),
    Route("/hosted-events/{token}", show_page),
    Route("/hosted-events/{token}/capacity", redirect_to_page),
    Route("/hosted-events/{token}/capacity", set_capacity, methods=["POST"]),
    Route("/hosted-events/{token}/guests/{id}", redirect_to_page),
    Route("/hosted-events/{token}/guests/{id}", decide_guest, methods=["POST"]),
    Route("/hosted-events/{token}/cancel", show_cancel_page),
    Route("/hosted-events/{token}/cancel", cancel, methods=["POST"]),
)
