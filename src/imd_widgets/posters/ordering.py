"""The shop: reserving prints of a poster, ordering them, and the page of an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imd_sdk import (
    Gone,
    ImdError,
    InvalidRequest,
    NotFound,
    NotSent,
    RateLimited,
    SoldOut,
)
from imd_sdk.models import Edition, Order, Poster, Reservation
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import Context, get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset, open_until_switched_off
from imd_widgets.pages.countries import list_countries
from imd_widgets.pages.forms import FieldError, Form, list_field_errors, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.posters.poster import MAX_QUANTITY, make_form_key, render_poster
from imd_widgets.widget.options import N_

MINUTE = timedelta(minutes=1)

WORDS = {
    "edition": N_("Choose an edition."),
    "quantity": N_("Choose how many prints, from 1 to 10."),
    "name": N_("Enter your name, with up to 100 characters."),
    "email": N_("Enter a full e-mail address, such as name@example.org."),
    "lines": N_("Enter the street and house number, in one to five lines."),
    "postal_code": N_("Enter a postal code of up to 20 characters, or leave it empty."),
    "locality": N_("Enter the town or city."),
    "country": N_("Choose a country from the list."),
}
NONE_LEFT = N_("This edition is sold out.")
TOO_MANY = N_("Too many orders are arriving right now. Please try again in a minute.")
NOT_SENT = N_("Your order could not be sent. What you entered is not lost: please try again.")
UNKNOWN_RESULT = N_(
    "The campaign did not respond. Please press the button again: nothing will be reserved or "
    "ordered twice."
)


@dataclass(frozen=True)
class RejectedOrder:
    status: HTTPStatus
    errors: tuple[FieldError, ...]
    is_final: bool = True
    """Whether the campaign has decided; if not, the same request may be sent again."""


@dataclass(frozen=True)
class ReservationView:
    """A reservation as it is shown."""

    edition: str
    prints: str
    total: str
    minutes: str
    until: str


async def reserve(request: Request) -> Response:
    values = await read_form(request)
    try:
        reservation = await _reserve(request, values)
    except ImdError as error:
        return await _show_rejected_reservation(request, values, error)
    return await _render_reservation(request, reservation, Form(values))


async def order(request: Request) -> Response:
    values = await read_form(request)
    try:
        reservation = await _reserve(request, values)
    except ImdError as error:
        return await _show_rejected_order(request, values, error)
    try:
        placed = await _order(request, values, reservation)
    except Gone:
        return await _render_expired_reservation(request)
    except ImdError as error:
        rejection = _to_rejected_order(error, get_language(request))
        return await _render_reservation(
            request, reservation, Form(values, rejection.errors), rejection.status
        )
    _expire_stock(request)
    return redirect_to(request, f"/orders/{quote(placed.id, safe='')}")


async def redirect_to_poster(request: Request) -> Response:
    address = f"/posters/{quote(request.path_params['slug'], safe='')}"
    return RedirectResponse(f"{address}?lang={get_language(request).tag}", HTTPStatus.SEE_OTHER)


async def show_order(request: Request) -> Response:
    context, language = get_context(request), get_language(request)
    try:
        placed = await context.source.client.posters.get_order(
            require_name(request.path_params["id"])
        )
    except MISSING_ERRORS:
        raise
    except ImdError as error:
        raise Unavailable from error
    poster = await _load_poster(placed, context, language)
    edition = _find_edition(poster, placed.edition) if poster else None
    response = render_page(
        request,
        "order.html",
        is_cacheable=False,
        order=placed,
        poster=poster,
        edition=edition,
        prints=_describe_prints(placed, edition, language),
        total=language.price(placed.total.decimal, placed.total.currency),
        placed_at=language.moment(placed.created_at),
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _reserve(request: Request, values: Mapping[str, str]) -> Reservation:
    """Reserve the prints; the same form sent again returns the same reservation."""
    client = get_context(request).source.client
    choice = (values.get("edition", ""), values.get("quantity", ""))
    return await client.posters.reserve(
        require_name(request.path_params["slug"]),
        edition=choice[0],
        quantity=_parse_quantity(choice[1]),
        idempotency_key=_derive_key(values, *choice),
    )


async def _order(request: Request, values: Mapping[str, str], reservation: Reservation) -> Order:
    client = get_context(request).source.client
    lang = get_language(request).tag
    lines = [line.strip() for line in values.get("lines", "").splitlines() if line.strip()]
    postal_code = values.get("postal_code") or None
    written = {name: values.get(name, "") for name in ("name", "email", "locality", "country")}
    return await client.posters.order(
        reservation.id,
        name=written["name"],
        email=written["email"],
        address={
            "lines": lines,
            "postal_code": postal_code,
            "locality": written["locality"],
            "country": written["country"],
        },
        lang=lang,
        idempotency_key=_derive_key(
            values, reservation.id, *lines, postal_code or "", *written.values(), lang
        ),
    )


def _derive_key(values: Mapping[str, str], *words: str) -> str:
    """Derive the idempotency key from the form and its values: a repeated press is a retry."""
    written = "\0".join((values.get("key") or make_form_key(), *words))
    return sha256(written.encode()).hexdigest()


def _parse_quantity(written: str) -> int:
    choices = {str(number): number for number in range(1, MAX_QUANTITY + 1)}
    return choices.get(written, 0)


async def _show_rejected_reservation(
    request: Request, values: dict[str, str], error: ImdError
) -> Response:
    rejection = _to_rejected_order(error, get_language(request))
    if rejection.is_final:
        values |= {"key": make_form_key()}
        _expire_stock(request)
    return await render_poster(request, Form(values, rejection.errors), rejection.status)


async def _show_rejected_order(
    request: Request, values: dict[str, str], error: ImdError
) -> Response:
    """Show why the reservation before the order failed, and keep what was written."""
    rejection = _to_rejected_order(error, get_language(request))
    if rejection.is_final:
        return await _show_rejected_reservation(request, values, error)
    return await _render_reservation(
        request, None, Form(values, rejection.errors), rejection.status
    )


def _to_rejected_order(error: ImdError, language: Language) -> RejectedOrder:
    if isinstance(error, NotFound):
        raise error
    if isinstance(error, InvalidRequest):
        return RejectedOrder(
            HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
        )
    if isinstance(error, SoldOut):
        return RejectedOrder(
            HTTPStatus.CONFLICT, (FieldError("quantity", _describe_stock(error, language)),)
        )
    if isinstance(error, RateLimited):
        field_error = FieldError("", language.gettext(TOO_MANY))
        return RejectedOrder(HTTPStatus.TOO_MANY_REQUESTS, (field_error,), is_final=False)
    sentence = NOT_SENT if isinstance(error, NotSent) else UNKNOWN_RESULT
    field_error = FieldError("", language.gettext(sentence))
    return RejectedOrder(HTTPStatus.SERVICE_UNAVAILABLE, (field_error,), is_final=False)


def _describe_stock(error: SoldOut, language: Language) -> str:
    if not error.available:
        return language.gettext(NONE_LEFT)
    return language.ngettext(
        "Only %(num)s print of this edition is left.",
        "Only %(num)s prints of this edition are left.",
        error.available,
    )


def _expire_stock(request: Request) -> None:
    context, slug = get_context(request), request.path_params["slug"]
    for tag in context.languages:
        context.source.cache.expire(("poster", slug, tag))
        context.source.cache.expire(("posters", tag))


async def _render_reservation(
    request: Request,
    reservation: Reservation | None,
    form: Form,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    context, language, slug = (
        get_context(request),
        get_language(request),
        request.path_params["slug"],
    )
    if reservation and reservation.expires_at <= context.clock():
        return await _render_expired_reservation(request)
    poster = await context.source.get_poster(slug, language.tag)
    view = _make_reservation_view(reservation, poster.value, request) if reservation else None
    _expire_stock(request)
    return render_page(
        request,
        "reservation.html",
        status=status,
        is_cacheable=False,
        poster=poster.value,
        reservation=view,
        form=form,
        countries=list_countries(language),
    )


async def _render_expired_reservation(request: Request) -> Response:
    slug = request.path_params["slug"]
    poster = await get_context(request).source.get_poster(slug, get_language(request).tag)
    _expire_stock(request)
    return render_page(
        request,
        "reservation_expired.html",
        status=HTTPStatus.GONE,
        is_cacheable=False,
        poster=poster.value,
    )


def _make_reservation_view(
    reservation: Reservation, poster: Poster, request: Request
) -> ReservationView:
    language = get_language(request)
    left = reservation.expires_at - get_context(request).clock()
    edition = _find_edition(poster, reservation.edition)
    return ReservationView(
        edition=edition.title if edition else reservation.edition,
        prints=_describe_prints(reservation, edition, language),
        total=language.price(reservation.total.decimal, reservation.total.currency),
        minutes=language.minutes(max(1, left // MINUTE)),
        until=language.time(reservation.expires_at),
    )


def _describe_prints(
    bought: Reservation | Order, edition: Edition | None, language: Language
) -> str:
    if not bought.numbers:
        return language.ngettext("%(num)s print", "%(num)s prints", bought.quantity)
    numbers = language.listing([language.number(number) for number in bought.numbers])
    run = edition.run if edition else None
    if run is None:
        return language.gettext(N_("No. %(numbers)s"), numbers=numbers)
    words = N_("No. %(numbers)s of %(run)s")
    return language.gettext(words, numbers=numbers, run=language.number(run))


def _find_edition(poster: Poster, wanted: str) -> Edition | None:
    return next((edition for edition in poster.editions if edition.id == wanted), None)


async def _load_poster(placed: Order, context: Context, language: Language) -> Poster | None:
    try:
        return (await context.source.get_poster(placed.poster, language.tag)).value
    except (Unavailable, *MISSING_ERRORS):
        return None


ROUTES = (
    *open_until_sunset(
        Route("/posters/{slug}", reserve, methods=["POST"]),
        Route("/posters/{slug}/order", redirect_to_poster),
        Route("/posters/{slug}/order", order, methods=["POST"]),
    ),
    *open_until_switched_off(Route("/orders/{id}", show_order)),
)
