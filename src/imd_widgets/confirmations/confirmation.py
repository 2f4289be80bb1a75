"""The page behind the e-mailed link: only its buttons have an effect, and it asks for consent."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import (
    AlreadyDecided,
    EventClosed,
    Gone,
    ImdError,
    InvalidRequest,
    NotFound,
    OrderLimitReached,
    RateLimited,
    SoldOut,
)
from imd_sdk.models import (
    AttendanceConfirmation,
    Campaign,
    Confirmation,
    EventConfirmation,
    OrderConfirmation,
    SignatureConfirmation,
)
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.confirmations.next_steps import NextStep, load_next_steps
from imd_widgets.confirmations.order_confirmation import (
    OfferView,
    OrderView,
    describe_reason,
    list_offers,
    make_order_view,
)
from imd_widgets.context import Context, get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import FieldError, Form, is_ticked, list_field_errors, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.posters.ordering import expire_stock
from imd_widgets.widget.options import N_

PENDING, CONFIRMED, REJECTED = "pending", "confirmed", "rejected"
ALLOWED, CLOSED, SOLD_OUT, LIMIT = "allowed", "closed", "sold_out", "limit"
TEMPLATES = {
    "signature": "confirmation_signature.html",
    "event": "confirmation_event.html",
    "attendance": "confirmation_attendance.html",
    "order": "confirmation_order.html",
}
MAX_DIGITS = 2
WORDS = {"name": N_("Enter your name, with up to 100 characters.")}
TOO_MANY = N_("Too many requests are arriving right now. Please try again in a minute.")
NOT_SENT = N_("This could not be confirmed. What you entered is not lost: please try again.")


@dataclass(frozen=True)
class ConfirmationResult:
    state: str
    status: HTTPStatus = HTTPStatus.OK
    confirmation: Confirmation | None = None
    order: OrderView | None = None


@dataclass(frozen=True)
class EventTime:
    when: str
    zone: str


async def show_page(request: Request) -> Response:
    result = await _load(request)
    if isinstance(result.confirmation, OrderConfirmation) and result.confirmation.order:
        return redirect_to(request, f"/orders/{quote(result.confirmation.order, safe='')}")
    name = result.confirmation.name if result.confirmation else None
    return await _render(request, result, Form({"name": name or ""}))


async def confirm(request: Request) -> Response:
    values = await read_form(request)
    source = get_context(request).source
    try:
        confirmation = await source.client.confirmations.confirm(
            _get_token(request),
            public=is_ticked(values, "public"),
            updates=is_ticked(values, "updates"),
            name=values.get("name"),
            edition=values.get("edition") or None,
            quantity=_parse_quantity(values),
        )
    except (NotFound, Gone, AlreadyDecided):
        return await redirect_to_page(request)
    except EventClosed:
        return await _show_closed(request)
    except (SoldOut, OrderLimitReached) as error:
        return await _show_offers(request, values, error)
    except ImdError as error:
        return await _show_errors(request, values, error)
    _expire_counts(get_context(request), confirmation)
    return await redirect_to_page(request)


def _parse_quantity(values: Mapping[str, str]) -> int | None:
    written = values.get("quantity", "")
    return int(written) if written.isdecimal() and len(written) <= MAX_DIGITS else None


def _expire_counts(context: Context, confirmation: Confirmation) -> None:
    cache = context.source.cache
    if isinstance(confirmation, SignatureConfirmation):
        cache.expire(("count", confirmation.petition))
    if isinstance(confirmation, AttendanceConfirmation):
        cache.expire(("event", confirmation.event))
    if isinstance(confirmation, OrderConfirmation) and confirmation.poster:
        expire_stock(context, confirmation.poster)


async def reject(request: Request) -> Response:
    await read_form(request)
    with suppress(AlreadyDecided, *MISSING_ERRORS):
        await get_context(request).source.client.confirmations.reject(_get_token(request))
    return await redirect_to_page(request)


async def unsubscribe(request: Request) -> Response:
    """Unsubscribe a mail program, which sends no origin and follows no redirect (RFC 8058)."""
    with suppress(*MISSING_ERRORS):
        await get_context(request).source.client.confirmations.unsubscribe(_get_token(request))
    return await _render(request, await _load(request))


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
    if confirmation.kind not in TEMPLATES:
        raise Unavailable
    return ConfirmationResult(confirmation.state, confirmation=confirmation)


async def _show_closed(request: Request) -> Response:
    """Show that the event is over or cancelled, although the link could still be used."""
    result = await _load(request)
    if result.state != PENDING:
        return await redirect_to_page(request)
    closed = ConfirmationResult(CLOSED, HTTPStatus.CONFLICT, result.confirmation)
    return await _render(request, closed)


async def _show_offers(
    request: Request, values: dict[str, str], error: SoldOut | OrderLimitReached
) -> Response:
    """Show why the prints of an order are not available, and what can be ordered instead."""
    result, language = await _load(request), get_language(request)
    confirmation = result.confirmation
    if result.state != PENDING or not isinstance(confirmation, OrderConfirmation):
        return await redirect_to_page(request)
    offers = await _load_offers(request, confirmation, error.available or 0)
    reason = describe_reason(error, language)
    state = LIMIT if isinstance(error, OrderLimitReached) else SOLD_OUT
    order = make_order_view(confirmation, language, reason, offers)
    shown = ConfirmationResult(state, HTTPStatus.CONFLICT, confirmation, order)
    return await _render(request, shown, Form(values))


async def _load_offers(
    request: Request, confirmation: OrderConfirmation, available: int
) -> tuple[OfferView, ...]:
    context, language = get_context(request), get_language(request)
    if confirmation.poster is None:
        return ()
    expire_stock(context, confirmation.poster)
    try:
        poster = (await context.source.get_poster(confirmation.poster, language.tag)).value
    except (Unavailable, *MISSING_ERRORS):
        return ()
    return tuple(list_offers(confirmation, poster, available, language))


async def _show_errors(request: Request, values: dict[str, str], error: ImdError) -> Response:
    """Show the form again with what was entered, without the title if the campaign is down."""
    status, errors = _describe_error(error, get_language(request))
    try:
        result = await _load(request)
    except Unavailable:
        result = ConfirmationResult(PENDING)
    if result.state != PENDING:
        return await redirect_to_page(request)
    shown = ConfirmationResult(PENDING, status, result.confirmation)
    return await _render(request, shown, Form(values, errors))


def _describe_error(
    error: ImdError, language: Language
) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
    if isinstance(error, RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS, (FieldError("", language.gettext(TOO_MANY)),)
    return HTTPStatus.SERVICE_UNAVAILABLE, (FieldError("", language.gettext(NOT_SENT)),)


def _get_token(request: Request) -> str:
    return require_name(request.path_params["token"])


def _make_path(request: Request) -> str:
    return f"/confirm/{quote(_get_token(request), safe='')}"


async def _render(
    request: Request, result: ConfirmationResult, form: Form | None = None
) -> Response:
    kind = _find_kind(result.confirmation, form)
    next_steps = await _load_next_steps(request, result)
    return render_page(
        request,
        TEMPLATES.get(kind, "confirmation.html"),
        status=result.status,
        is_cacheable=False,
        form_path=_make_path(request),
        state=result.state,
        kind=kind,
        confirmation=result.confirmation,
        time=_describe_time(result.confirmation, get_language(request)),
        where=_describe_place(result.confirmation, get_language(request)),
        order=result.order or _describe_order(result.confirmation, get_language(request)),
        campaign=await _load_campaign(request) if result.state == PENDING else None,
        next_steps=next_steps,
        styles=("share_links", "next_steps") if next_steps else (),
        form=form,
    )


async def _load_next_steps(request: Request, result: ConfirmationResult) -> list[NextStep]:
    confirmation = result.confirmation
    if result.state != CONFIRMED or not isinstance(confirmation, SignatureConfirmation):
        return []
    return await load_next_steps(request, confirmation.country)


def _find_kind(confirmation: Confirmation | None, form: Form | None) -> str:
    """Return the kind; while the campaign is down, the form knows it."""
    if confirmation is not None:
        return confirmation.kind
    return form.get_value("kind") if form else ""


def _describe_time(confirmation: Confirmation | None, language: Language) -> EventTime | None:
    if not isinstance(confirmation, EventConfirmation | AttendanceConfirmation):
        return None
    if confirmation.starts_at is None or confirmation.time_zone is None:
        return None
    zone = ZoneInfo(confirmation.time_zone)
    when = language.moment(confirmation.starts_at, zone, style="full")
    return EventTime(when, language.city(zone))


def _describe_place(confirmation: Confirmation | None, language: Language) -> list[str]:
    """Return what a submitted event says of its place; a URL is text and no link."""
    if not isinstance(confirmation, EventConfirmation):
        return []
    place = confirmation.place
    if place is None:
        return [language.gettext(N_("Online")), *filter(None, [confirmation.url])]
    parts = (place.name, place.address, place.locality, place.region)
    return [*filter(None, parts), language.territory(place.country)]


def _describe_order(confirmation: Confirmation | None, language: Language) -> OrderView | None:
    if not isinstance(confirmation, OrderConfirmation):
        return None
    return make_order_view(confirmation, language)


async def _load_campaign(request: Request) -> Campaign | None:
    source, language = get_context(request).source, get_language(request)
    try:
        return (await source.get_campaign(language.tag)).value
    except (Unavailable, *MISSING_ERRORS):
        return None


CLOSING_ROUTES = open_until_switched_off(
    Route("/confirm/{token}", show_page),
    Route("/confirm/{token}", confirm, methods=["POST"]),
    Route("/confirm/{token}/reject", redirect_to_page),
    Route("/confirm/{token}/reject", reject, methods=["POST"]),
    Route("/confirm/{token}/allow", redirect_to_page),
    Route("/confirm/{token}/allow", allow_emails, methods=["POST"]),
    Route("/confirm/{token}/allowed", show_allowed),
)
# People can stop e-mail even if all pages are switched off.
ROUTES = (
    *CLOSING_ROUTES,
    Route("/confirm/{token}/unsubscribe", redirect_to_page),
    Route("/confirm/{token}/unsubscribe", unsubscribe, methods=["POST"]),
)
