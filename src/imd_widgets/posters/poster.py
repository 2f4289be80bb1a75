import secrets
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
from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.caching.source import named
from imd_widgets.context import Context, context_of
from imd_widgets.images.title_card import TitleCard
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset, open_until_switched_off
from imd_widgets.pages.countries import countries
from imd_widgets.pages.forms import Fault, Form, faults, read_form
from imd_widgets.pages.page_responses import (
    Subject,
    about,
    language_of,
    redirect_to,
    show,
)
from imd_widgets.pages.pictures import ended_picture, picture
from imd_widgets.posters.files import artwork_of, read_file
from imd_widgets.posters.posters import sheet
from imd_widgets.widget.options import N_

MOST = 10
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
UNKNOWN = N_(
    "The campaign did not respond. Please press the button again: nothing will be reserved or "
    "ordered twice."
)


@dataclass(frozen=True)
class Refusal:
    status: HTTPStatus
    faults: tuple[Fault, ...]
    final: bool = True
    """Whether the campaign has decided; else the same request may be sent once more."""


@dataclass(frozen=True)
class ReservationView:
    """A hold in the reader's words."""

    edition: str
    prints: str
    total: str
    minutes: str
    until: str


async def page(request: Request) -> Response:
    return await _page(request, Form({"key": _new_key(), "quantity": "1"}))


async def reserve(request: Request) -> Response:
    values = await read_form(request)
    try:
        reservation = await _reserve(request, values)
    except ImdError as error:
        return await _not_reserved(request, values, error)
    return await _hold(request, reservation, Form(values))


async def order(request: Request) -> Response:
    values = await read_form(request)
    try:
        reservation = await _reserve(request, values)
    except ImdError as error:
        return await _not_held(request, values, error)
    try:
        placed = await _order(request, values, reservation)
    except Gone:
        return await _lapsed(request)
    except ImdError as error:
        refusal = _refusal(error, language_of(request))
        return await _hold(request, reservation, Form(values, refusal.faults), refusal.status)
    _forget_stock(request)
    return redirect_to(request, f"/orders/{quote(placed.id, safe='')}")


async def start_again(request: Request) -> Response:
    address = f"/posters/{quote(request.path_params['slug'], safe='')}"
    return RedirectResponse(f"{address}?lang={language_of(request).tag}", HTTPStatus.SEE_OTHER)


async def receipt(request: Request) -> Response:
    site, language = context_of(request), language_of(request)
    try:
        placed = await site.source.client.posters.get_order(named(request.path_params["id"]))
    except MISSING:
        raise
    except ImdError as error:
        raise Unavailable from error
    poster = await _poster_of(placed, site, language)
    edition = _edition(poster, placed.edition) if poster else None
    response = show(
        request,
        "order.html",
        kept=False,
        order=placed,
        poster=poster,
        edition=edition,
        prints=_prints(placed, edition, language),
        total=language.price(placed.total.decimal, placed.total.currency),
        placed_at=language.moment(placed.created_at),
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _reserve(request: Request, values: Mapping[str, str]) -> Reservation:
    """Hold the prints; sent once more with the same form, it gives the same hold."""
    client = context_of(request).source.client
    wish = (values.get("edition", ""), values.get("quantity", ""))
    return await client.posters.reserve(
        named(request.path_params["slug"]),
        edition=wish[0],
        quantity=_quantity(wish[1]),
        idempotency_key=_key(values, *wish),
    )


async def _order(request: Request, values: Mapping[str, str], held: Reservation) -> Order:
    client = context_of(request).source.client
    lang = language_of(request).tag
    lines = [line.strip() for line in values.get("lines", "").splitlines() if line.strip()]
    postal_code = values.get("postal_code") or None
    written = {name: values.get(name, "") for name in ("name", "email", "locality", "country")}
    return await client.posters.order(
        held.id,
        name=written["name"],
        email=written["email"],
        address={
            "lines": lines,
            "postal_code": postal_code,
            "locality": written["locality"],
            "country": written["country"],
        },
        lang=lang,
        idempotency_key=_key(values, held.id, *lines, postal_code or "", *written.values(), lang),
    )


def _new_key() -> str:
    return secrets.token_urlsafe(16)


def _key(values: Mapping[str, str], *words: str) -> str:
    """One for each form and what is written in it, so that a repeated press is a repeated call."""
    written = "\0".join((values.get("key") or _new_key(), *words))
    return sha256(written.encode()).hexdigest()


def _quantity(written: str) -> int:
    choices = {str(number): number for number in range(1, MOST + 1)}
    return choices.get(written, 0)


async def _not_reserved(request: Request, values: dict[str, str], error: ImdError) -> Response:
    refusal = _refusal(error, language_of(request))
    if refusal.final:
        values |= {"key": _new_key()}
        _forget_stock(request)
    return await _page(request, Form(values, refusal.faults), refusal.status)


async def _not_held(request: Request, values: dict[str, str], error: ImdError) -> Response:
    """Before an order the hold is asked for once more; what was written must not be lost."""
    refusal = _refusal(error, language_of(request))
    if refusal.final:
        return await _not_reserved(request, values, error)
    return await _hold(request, None, Form(values, refusal.faults), refusal.status)


def _refusal(error: ImdError, language: Language) -> Refusal:
    if isinstance(error, NotFound):
        raise error
    if isinstance(error, InvalidRequest):
        return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, faults(error, WORDS, language))
    if isinstance(error, SoldOut):
        return Refusal(HTTPStatus.CONFLICT, (Fault("quantity", _too_few(error, language)),))
    if isinstance(error, RateLimited):
        fault = Fault("", language.gettext(TOO_MANY))
        return Refusal(HTTPStatus.TOO_MANY_REQUESTS, (fault,), final=False)
    sentence = NOT_SENT if isinstance(error, NotSent) else UNKNOWN
    fault = Fault("", language.gettext(sentence))
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, (fault,), final=False)


def _too_few(error: SoldOut, language: Language) -> str:
    if not error.available:
        return language.gettext(NONE_LEFT)
    return language.ngettext(
        "Only %(num)s print of this edition is left.",
        "Only %(num)s prints of this edition are left.",
        error.available,
    )


def _forget_stock(request: Request) -> None:
    site, slug = context_of(request), request.path_params["slug"]
    for tag in site.languages:
        site.source.cache.expire(("poster", slug, tag))
        site.source.cache.expire(("posters", tag))


async def _page(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    language = language_of(request)
    slug = request.path_params["slug"]
    reading = await context_of(request).source.poster(slug, language.tag)
    shown = sheet(reading.value, language)
    return show(
        request,
        "poster.html",
        status=status,
        kept=False,
        about=about(request, _subject(shown.poster)),
        sheet=shown,
        poster=shown.poster,
        form=form,
        quantities=[(str(n), language.number(n)) for n in range(1, MOST + 1)],
    )


async def preview(request: Request) -> Response:
    """With the artwork; while that cannot be had without it, and then no cache keeps it."""
    site, language = context_of(request), language_of(request)
    poster = (await site.source.poster(request.path_params["slug"], language.tag)).value
    file = artwork_of(poster)
    artwork = await read_file(site, poster, file) if file else b""
    card = TitleCard(
        (poster.title, language.gettext(N_("Poster"))),
        poster.lang,
        facts=((poster.artist,), (language.digits(str(poster.year)),)),
        artwork_digest=file.sha256 if file and artwork else "",
        artwork=artwork,
    )
    return await picture(request, card, lasting=file is None or bool(artwork))


def _subject(poster: Poster) -> Subject:
    path = f"/posters/{quote(poster.slug, safe='')}"
    return Subject(
        poster.title,
        poster.alternative_text,
        path,
        picture_path=f"{path}.png",
        picture_text=f"{poster.title} · {poster.artist} · {poster.alternative_text}",
        embedded=True,
    )


async def _hold(
    request: Request,
    reservation: Reservation | None,
    form: Form,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    site, language, slug = context_of(request), language_of(request), request.path_params["slug"]
    if reservation and reservation.expires_at <= site.clock():
        return await _lapsed(request)
    poster = await site.source.poster(slug, language.tag)
    _forget_stock(request)
    return show(
        request,
        "poster_hold.html",
        status=status,
        kept=False,
        poster=poster.value,
        held=_held(reservation, poster.value, request) if reservation else None,
        form=form,
        countries=countries(language),
    )


async def _lapsed(request: Request) -> Response:
    slug = request.path_params["slug"]
    poster = await context_of(request).source.poster(slug, language_of(request).tag)
    _forget_stock(request)
    return show(
        request, "poster_lapsed.html", status=HTTPStatus.GONE, kept=False, poster=poster.value
    )


def _held(reservation: Reservation, poster: Poster, request: Request) -> ReservationView:
    language = language_of(request)
    left = reservation.expires_at - context_of(request).clock()
    edition = _edition(poster, reservation.edition)
    return ReservationView(
        edition=edition.title if edition else reservation.edition,
        prints=_prints(reservation, edition, language),
        total=language.price(reservation.total.decimal, reservation.total.currency),
        minutes=language.minutes(max(1, left // MINUTE)),
        until=language.time(reservation.expires_at),
    )


def _prints(bought: Reservation | Order, edition: Edition | None, language: Language) -> str:
    if not bought.numbers:
        return language.ngettext("%(num)s print", "%(num)s prints", bought.quantity)
    numbers = language.listing([language.number(number) for number in bought.numbers])
    run = edition.run if edition else None
    if run is None:
        return language.gettext(N_("No. %(numbers)s"), numbers=numbers)
    words = N_("No. %(numbers)s of %(run)s")
    return language.gettext(words, numbers=numbers, run=language.number(run))


def _edition(poster: Poster, wanted: str) -> Edition | None:
    return next((edition for edition in poster.editions if edition.id == wanted), None)


async def _poster_of(placed: Order, site: Context, language: Language) -> Poster | None:
    try:
        return (await site.source.poster(placed.poster, language.tag)).value
    except (Unavailable, *MISSING):
        return None


ROUTES = (
    *open_until_sunset(Route("/posters/{slug}.png", preview), instead=ended_picture),
    *open_until_sunset(
        Route("/posters/{slug}", page),
        Route("/posters/{slug}", reserve, methods=["POST"]),
        Route("/posters/{slug}/order", start_again),
        Route("/posters/{slug}/order", order, methods=["POST"]),
    ),
    *open_until_switched_off(Route("/orders/{id}", receipt)),
)
