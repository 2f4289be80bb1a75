"""Reservations: a price and a quantity, fixed for an hour.

Nothing is stored and no print is taken: the token has all of it, encrypted.
"""

from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.crypto import Vault, decode_from_url, encode_for_urls
from imd_campaign.db import Connection, Row
from imd_campaign.errors import FieldError, InvalidBody, NotFound, ReservationExpired, SoldOut
from imd_campaign.posters import store
from imd_campaign.posters.schemas import Money, Reservation, ReservationForm, ReservedPrints

PURPOSE = "reservation"
LIFETIME = timedelta(hours=1)
MAX_NUMBERED = 2
MAX_OPEN = 10


def reserve(context: Context, slug: str, form: ReservationForm) -> Reservation:
    with context.database.read() as connection:
        edition = _find_edition(connection, slug, form.edition)
        check_quantity(edition, form.quantity)
        _check_stock(connection, edition, form.quantity)
    prints = ReservedPrints(
        poster=slug,
        edition=edition["id"],
        quantity=form.quantity,
        price=edition["amount"],
        currency=edition["currency"],
        expires_at=context.now() + LIFETIME,
    )
    return _make_reservation(context.vault, prints)


def read_token(context: Context, token: str) -> ReservedPrints:
    try:
        packed = context.vault.decrypt_bound(decode_from_url(token), PURPOSE)
        prints = ReservedPrints.model_validate_json(packed)
    except ValueError as error:
        reason = FieldError("body", "reservation", "is not the token of a reservation.")
        raise InvalidBody(reason) from error
    if context.now() >= prints.expires_at:
        raise ReservationExpired
    return prints


def check_quantity(edition: Row, quantity: int) -> None:
    limit = MAX_OPEN if edition["run"] is None else MAX_NUMBERED
    if quantity > limit:
        raise InvalidBody(FieldError("body", "quantity", f"must be at most {limit}."))


def _find_edition(connection: Connection, slug: str, edition_id: str) -> Row:
    poster = store.get(connection, slug)
    if poster is None:
        raise NotFound
    if poster["state"] != "on_sale":
        raise SoldOut(0)
    edition = store.find_edition(connection, slug, edition_id)
    if edition is None:
        raise InvalidBody(FieldError("body", "edition", "is not an edition of this poster."))
    return edition


def _check_stock(connection: Connection, edition: Row, quantity: int) -> None:
    if edition["run"] is None:
        return
    available = store.count_free_prints(connection, edition["poster"], edition["id"])
    if available < quantity:
        raise SoldOut(available)


def _make_reservation(vault: Vault, prints: ReservedPrints) -> Reservation:
    packed = prints.model_dump_json().encode()
    return Reservation(
        token=encode_for_urls(vault.encrypt_bound(packed, PURPOSE)),
        poster=prints.poster,
        edition=prints.edition,
        quantity=prints.quantity,
        total=Money(amount=prints.amount, currency=prints.currency),
        expires_at=prints.expires_at,
    )
