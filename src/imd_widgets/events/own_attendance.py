"""A guest's own page, behind the link in the e-mails: see the sign-up, change or cancel it."""

from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import AlreadyDecided, EventClosed, ImdError, InvalidRequest, NotFound, SoldOut
from imd_sdk.models import Attendance
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import get_context
from imd_widgets.events.event import WORDS, list_guest_choices, make_view, parse_guests
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

MOST_GUESTS = 10
TOO_FEW_PLACES = N_("There are not enough places for so many people.")
NOT_SAVED = N_("This could not be saved. What you entered is not lost: please try again.")


async def show_page(request: Request) -> Response:
    attendance = await _load(request)
    if attendance is None:
        return show_invalid_link(request)
    return _render(request, attendance, Form({"guests": str(attendance.guests)}))


async def change(request: Request) -> Response:
    values = await read_form(request)
    try:
        changed = await get_context(request).source.client.attendances.change(
            _get_token(request), guests=parse_guests(values.get("guests", ""), MOST_GUESTS)
        )
    except (EventClosed, AlreadyDecided, NotFound):
        return redirect_to(request, _make_path(request))
    except ImdError as error:
        return await _show_errors(request, values, error)
    _expire_event(request, changed)
    return redirect_to(request, _make_path(request), done="saved")


async def show_cancel_page(request: Request) -> Response:
    attendance = await _load(request)
    if attendance is None:
        return show_invalid_link(request)
    return _render_cancel_page(request, attendance, Form())


async def cancel(request: Request) -> Response:
    await read_form(request)
    attendance = await _load(request)
    if attendance is None:
        return redirect_to(request, "/attendances/cancelled")
    try:
        with suppress(*MISSING_ERRORS):
            await get_context(request).source.client.attendances.leave(_get_token(request))
    except AlreadyDecided:
        return redirect_to(request, _make_path(request))
    except ImdError:
        failed = Form({}, (FieldError("", get_language(request).gettext(NOT_SAVED)),))
        return _render_cancel_page(request, attendance, failed, HTTPStatus.SERVICE_UNAVAILABLE)
    _expire_event(request, attendance)
    return redirect_to(request, "/attendances/cancelled")


async def show_cancelled(request: Request) -> Response:
    return render_page(request, "own_link_notice.html", is_cacheable=False, state="cancelled")


def show_invalid_link(request: Request) -> Response:
    return render_page(
        request,
        "own_link_notice.html",
        status=HTTPStatus.NOT_FOUND,
        is_cacheable=False,
        state="unknown",
    )


async def _load(request: Request) -> Attendance | None:
    try:
        return await get_context(request).source.client.attendances.get(_get_token(request))
    except MISSING_ERRORS:
        return None
    except ImdError as error:
        raise Unavailable from error


def _expire_event(request: Request, attendance: Attendance) -> None:
    get_context(request).source.cache.expire(("event", attendance.event.id))


async def _show_errors(request: Request, values: dict[str, str], error: ImdError) -> Response:
    attendance = await _load(request)
    if attendance is None:
        return show_invalid_link(request)
    status, errors = _describe_error(error, get_language(request))
    return _render(request, attendance, Form(values, errors), status)


def _describe_error(
    error: ImdError, language: Language
) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
    if isinstance(error, SoldOut):
        words = language.gettext(TOO_FEW_PLACES)
        return HTTPStatus.CONFLICT, (FieldError("guests", words),)
    return HTTPStatus.SERVICE_UNAVAILABLE, (FieldError("", language.gettext(NOT_SAVED)),)


def _get_token(request: Request) -> str:
    return require_name(request.path_params["token"])


def _make_path(request: Request) -> str:
    return f"/attendances/{quote(_get_token(request), safe='')}"


def _render(
    request: Request, attendance: Attendance, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    language = get_language(request)
    return render_page(
        request,
        "attendance.html",
        status=status,
        is_cacheable=False,
        attendance=attendance,
        view=make_view(attendance.event, language, get_context(request).clock()),
        guests=list_guest_choices(language, attendance.max_guests),
        form=form,
        done=describe_done(request),
        own_path=_make_path(request),
    )


def _render_cancel_page(
    request: Request, attendance: Attendance, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    return render_page(
        request,
        "attendance_cancel.html",
        status=status,
        is_cacheable=False,
        attendance=attendance,
        form=form,
        own_path=_make_path(request),
    )


ROUTES = open_until_switched_off(
    Route("/attendances/cancelled", show_cancelled),
    Route("/attendances/{token}", show_page),
    Route("/attendances/{token}", change, methods=["POST"]),
    Route("/attendances/{token}/cancel", show_cancel_page),
    Route("/attendances/{token}/cancel", cancel, methods=["POST"]),
)
