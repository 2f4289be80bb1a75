"""The shop: the price of prints, the form to order them, and the page of an order."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from imd_sdk.models import Edition, Order, OrderState, Poster, Reservation
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import Context, get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset, open_until_switched_off
from imd_widgets.pages.countries import list_countries
from imd_widgets.pages.forms import (
    FieldError,
    Form,
    choose_outage_message,
    list_field_errors,
    read_form,
)
from imd_widgets.pages.page_responses import describe_page, get_language, redirect_to, render_page
from imd_widgets.pages.visitors import get_relay_options
from imd_widgets.posters.poster import MAX_QUANTITY, make_form_key, make_subject, render_poster
from imd_widgets.widget.options import N_

WORDS = {
    "edition": N_("Choose an edition."),
    "quantity": N_("Choose up to 2 prints of a limited edition, or up to 10 of an open one."),
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
EXPIRED = N_(
    "The price was valid for an hour and has been fixed again. Check the order, and press the "
    "button once more."
)
TITLES = {
    OrderState.PLACED: N_("We have received your order"),
    OrderState.PAID: N_("Your order is paid"),
    OrderState.SENT: N_("Your order has been sent"),
    OrderState.CANCELLED: N_("Your order has been cancelled"),
    OrderState.EXPIRED: N_("Your order has expired"),
    OrderState.REFUNDED: N_("Your payment has been refunded"),
    OrderState.PAID_LATE: N_("Your payment arrived too late"),
}

CERTIFIED_STATES = {OrderState.PAID, OrderState.SENT}


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
    is_numbered: bool
    prints: str
    total: str
    until: str


async def reserve(request: Request) -> Response:
    values = await read_form(request)
    try:
        reservation = await _reserve(request, values)
    except ImdError as error:
        return await _show_rejected_reservation(request, values, error)
    return await _render_reservation(request, reservation, Form(_with_token(values, reservation)))


async def order(request: Request) -> Response:
    values = await read_form(request)
    try:
        await _order(request, values)
    except Gone:
        return await _reserve_again(request, values, _make_expired_reservation(request))
    except ImdError as error:
        rejection = _to_rejected_order(error, get_language(request))
        return await _reserve_again(request, values, rejection)
    return redirect_to(request, f"{_make_poster_path(request)}/thanks")


async def show_thanks(request: Request) -> Response:
    slug = request.path_params["slug"]
    poster = await get_context(request).source.get_poster(slug, get_language(request).tag)
    return render_page(
        request,
        "poster_thanks.html",
        poster=poster.value,
        metadata=describe_page(request, make_subject(poster.value)),
    )


async def redirect_to_poster(request: Request) -> Response:
    address = f"{_make_poster_path(request)}?lang={get_language(request).tag}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _make_poster_path(request: Request) -> str:
    return f"/posters/{quote(request.path_params['slug'], safe='')}"


async def load_order(request: Request) -> Order:
    order_id = require_name(request.path_params["id"])
    try:
        return await get_context(request).source.client.posters.get_order(order_id)
    except MISSING_ERRORS:
        raise
    except ImdError as error:
        raise Unavailable from error


def has_certificates(placed: Order) -> bool:
    """Return whether there are numbered prints that are paid."""
    return placed.state in CERTIFIED_STATES and bool(placed.numbers)


async def show_order(request: Request) -> Response:
    context, language = get_context(request), get_language(request)
    placed = await load_order(request)
    poster = await _load_poster(placed, context, language)
    edition = find_edition(poster, placed.edition) if poster else None
    response = render_page(
        request,
        "order.html",
        is_cacheable=False,
        order=placed,
        poster=poster,
        edition=edition,
        title=_choose_title(placed, language),
        certificate_path=(
            f"/orders/{quote(placed.id, safe='')}/certificate" if has_certificates(placed) else ""
        ),
        prints=_describe_numbers(placed, edition, language),
        total=language.price(placed.total.decimal, placed.total.currency),
        placed_at=language.moment(placed.created_at),
        kept_until=language.date(placed.kept_until) if placed.kept_until else "",
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _reserve(request: Request, values: Mapping[str, str]) -> Reservation:
    """Fix the price; the campaign stores nothing."""
    client = get_context(request).source.client
    return await client.posters.reserve(
        require_name(request.path_params["slug"]),
        edition=values.get("edition", ""),
        quantity=_parse_quantity(values.get("quantity", "")),
    )


def _with_token(values: Mapping[str, str], reservation: Reservation) -> dict[str, str]:
    return {**values, "reservation": reservation.token}


async def _order(request: Request, values: Mapping[str, str]) -> None:
    client = get_context(request).source.client
    lang, token = get_language(request).tag, values.get("reservation", "")
    proof = values.get("proof", "")
    lines = [line.strip() for line in values.get("lines", "").splitlines() if line.strip()]
    postal_code = values.get("postal_code") or None
    written = {name: values.get(name, "") for name in ("name", "email", "locality", "country")}
    await client.posters.order(
        token,
        name=written["name"],
        email=written["email"],
        address={
            "lines": lines,
            "postal_code": postal_code,
            "locality": written["locality"],
            "country": written["country"],
        },
        lang=lang,
        proof=proof or None,
        idempotency_key=_derive_key(
            values, token, *lines, postal_code or "", *written.values(), lang, proof
        ),
        **get_relay_options(request),
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
    if isinstance(error, SoldOut):
        expire_stock(get_context(request), request.path_params["slug"])
    return await render_poster(request, Form(values, rejection.errors), rejection.status)


def _make_expired_reservation(request: Request) -> RejectedOrder:
    field_error = FieldError("", get_language(request).gettext(EXPIRED))
    return RejectedOrder(HTTPStatus.GONE, (field_error,))


async def _reserve_again(
    request: Request, values: dict[str, str], rejection: RejectedOrder
) -> Response:
    """Show the form with what was entered, and the price as it is now.

    If nobody knows whether the campaign has the order, the same request has to be sent again, with
    the same token.
    """
    try:
        reservation = await _reserve(request, values)
    except SoldOut as error:
        return await _show_rejected_reservation(request, values, error)
    except ImdError:
        form = Form(values, rejection.errors)
        return await _render_reservation(request, None, form, rejection.status)
    values = _with_token(values, reservation) if rejection.is_final else values
    form = Form(values, rejection.errors)
    return await _render_reservation(request, reservation, form, rejection.status)


def _to_rejected_order(error: ImdError, language: Language) -> RejectedOrder:
    if isinstance(error, NotFound):
        raise error
    if isinstance(error, InvalidRequest):
        return RejectedOrder(
            HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
        )
    if isinstance(error, SoldOut):
        return RejectedOrder(
            HTTPStatus.CONFLICT,
            (FieldError("quantity", describe_stock(error.available, language)),),
        )
    if isinstance(error, RateLimited):
        field_error = FieldError("", language.gettext(TOO_MANY))
        return RejectedOrder(HTTPStatus.TOO_MANY_REQUESTS, (field_error,), is_final=False)
    sentence = NOT_SENT if isinstance(error, NotSent) else UNKNOWN_RESULT
    field_error = FieldError("", language.gettext(choose_outage_message(error, sentence)))
    return RejectedOrder(HTTPStatus.SERVICE_UNAVAILABLE, (field_error,), is_final=False)


def describe_stock(available: int | None, language: Language) -> str:
    if not available:
        return language.gettext(NONE_LEFT)
    return language.ngettext(
        "Only %(num)s print of this edition is left.",
        "Only %(num)s prints of this edition are left.",
        available,
    )


def expire_stock(context: Context, slug: str) -> None:
    for tag in context.languages:
        context.source.cache.expire(("poster", slug, tag))
        context.source.cache.expire(("posters", tag))


async def _render_reservation(
    request: Request,
    reservation: Reservation | None,
    form: Form,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    language, slug = get_language(request), request.path_params["slug"]
    poster = await get_context(request).source.get_poster(slug, language.tag)
    view = _make_reservation_view(reservation, poster.value, language) if reservation else None
    return render_page(
        request,
        "reservation.html",
        status=status,
        scripts=("proof",),
        is_cacheable=False,
        poster=poster.value,
        reservation=view,
        form=form,
        countries=list_countries(language),
    )


def _make_reservation_view(
    reservation: Reservation, poster: Poster, language: Language
) -> ReservationView:
    edition = find_edition(poster, reservation.edition)
    return ReservationView(
        edition=edition.title if edition else reservation.edition,
        is_numbered=edition is not None and edition.run is not None,
        prints=describe_quantity(reservation.quantity, language),
        total=language.price(reservation.total.decimal, reservation.total.currency),
        until=language.time(reservation.expires_at),
    )


def describe_quantity(quantity: int, language: Language) -> str:
    return language.ngettext("%(num)s print", "%(num)s prints", quantity)


def _describe_numbers(placed: Order, edition: Edition | None, language: Language) -> str:
    if not placed.numbers:
        return describe_quantity(placed.quantity, language)
    numbers = language.listing([language.number(number) for number in placed.numbers])
    run = edition.run if edition else None
    if run is None:
        return language.gettext(N_("No. %(numbers)s"), numbers=numbers)
    words = N_("No. %(numbers)s of %(run)s")
    return language.gettext(words, numbers=numbers, run=language.number(run))


def _choose_title(placed: Order, language: Language) -> str:
    return language.gettext(TITLES.get(placed.state, TITLES[OrderState.PLACED]))


def find_edition(poster: Poster, wanted: str) -> Edition | None:
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
        Route("/posters/{slug}/thanks", show_thanks),
    ),
    *open_until_switched_off(Route("/orders/{id}", show_order)),
)
