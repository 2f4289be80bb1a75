"""The page behind the e-mailed link: it asks for consent, and only its buttons have an effect."""

from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import AlreadyDecided, Gone, ImdError, NotFound
from imd_sdk.models import Campaign, Confirmation
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import get_context
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import Form, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.petitions.petition import describe_error

PENDING, REJECTED, ALLOWED = "pending", "rejected", "allowed"


@dataclass(frozen=True)
class ConfirmationResult:
    state: str
    status: HTTPStatus = HTTPStatus.OK
    confirmation: Confirmation | None = None


async def show_page(request: Request) -> Response:
    result = await _load(request)
    name = result.confirmation.name if result.confirmation else None
    return await _render(request, result, Form({"name": name or ""}))


async def confirm(request: Request) -> Response:
    values = await read_form(request)
    source = get_context(request).source
    try:
        confirmation = await source.client.confirmations.confirm(
            _get_token(request),
            public="public" in values,
            updates="updates" in values,
            name=values.get("name"),
        )
    except (NotFound, Gone):
        return await redirect_to_page(request)
    except ImdError as error:
        return await _show_errors(request, values, error)
    source.cache.expire(("count", confirmation.petition))
    return await redirect_to_page(request)


async def reject(request: Request) -> Response:
    await read_form(request)
    with suppress(AlreadyDecided, *MISSING_ERRORS):
        await get_context(request).source.client.confirmations.reject(_get_token(request))
    return await redirect_to_page(request)


async def allow_emails(request: Request) -> Response:
    await read_form(request)
    try:
        await get_context(request).source.client.confirmations.undo_rejection(_get_token(request))
    except MISSING_ERRORS:
        return await redirect_to_page(request)
    return redirect_to(request, f"{_make_path(request)}/allowed")


async def show_allowed(request: Request) -> Response:
    result = await _load(request)
    if result.state != REJECTED:
        return await redirect_to_page(request)
    return await _render(request, ConfirmationResult(ALLOWED, confirmation=result.confirmation))


async def redirect_to_page(request: Request) -> Response:
    """Redirect to the page, which shows the state that the campaign has now."""
    return redirect_to(request, _make_path(request))


async def _load(request: Request) -> ConfirmationResult:
    token = _get_token(request)
    try:
        confirmation = await get_context(request).source.client.confirmations.get(token)
    except Gone:
        return ConfirmationResult("expired", HTTPStatus.GONE)
    except MISSING_ERRORS:
        return ConfirmationResult("unknown", HTTPStatus.NOT_FOUND)
    except ImdError as error:
        raise Unavailable from error
    return ConfirmationResult(confirmation.state, confirmation=confirmation)


async def _show_errors(request: Request, values: dict[str, str], error: ImdError) -> Response:
    """Show the form again with what was entered, without the title if the campaign is down."""
    status, errors = describe_error(error, get_language(request))
    try:
        result = await _load(request)
    except Unavailable:
        result = ConfirmationResult(PENDING)
    if result.state != PENDING:
        return await redirect_to_page(request)
    shown = ConfirmationResult(PENDING, status, result.confirmation)
    return await _render(request, shown, Form(values, errors))


def _get_token(request: Request) -> str:
    return require_name(request.path_params["token"])


def _make_path(request: Request) -> str:
    return f"/confirm/{quote(_get_token(request), safe='')}"


async def _render(
    request: Request, result: ConfirmationResult, form: Form | None = None
) -> Response:
    return render_page(
        request,
        "confirmation.html",
        status=result.status,
        is_cacheable=False,
        state=result.state,
        confirmation=result.confirmation,
        campaign=await _load_campaign(request) if result.state == PENDING else None,
        form=form,
    )


async def _load_campaign(request: Request) -> Campaign | None:
    source, language = get_context(request).source, get_language(request)
    try:
        return (await source.get_campaign(language.tag)).value
    except (Unavailable, *MISSING_ERRORS):
        return None


ROUTES = open_until_switched_off(
    Route("/confirm/{token}", show_page),
    Route("/confirm/{token}", confirm, methods=["POST"]),
    Route("/confirm/{token}/reject", redirect_to_page),
    Route("/confirm/{token}/reject", reject, methods=["POST"]),
    Route("/confirm/{token}/allow", redirect_to_page),
    Route("/confirm/{token}/allow", allow_emails, methods=["POST"]),
    Route("/confirm/{token}/allowed", show_allowed),
)
