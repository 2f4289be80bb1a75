"""Reserve and order prints. Each print is a row, which at most one buyer holds."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import FieldError, InvalidBody, NotFound, ReservationExpired, SoldOut
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import choose_email_language, compose_email, get_payment_text
from imd_campaign.posters import store
from imd_campaign.posters.schemas import (
    Money,
    Order,
    OrderForm,
    Payment,
    Reservation,
    ReservationForm,
)
from imd_locale.language import Language
from imd_locale.negotiation import choose_language

Row = Mapping[Any, Any]

HOLD = timedelta(minutes=15)
# ISO 4217: the currencies whose minor unit is not a hundredth.
WITHOUT_MINOR_UNIT = {"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"}
THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def reserve(context: Context, slug: str, form: ReservationForm) -> Reservation:
    now = context.now()
    with context.database.write() as connection:
        edition = _find_edition(connection, slug, form)
        numbers = _pick_numbers(context, connection, edition, form.quantity)
        reservation = {
            "id": new_id("rsv"),
            "poster": slug,
            "edition": form.edition,
            "quantity": form.quantity,
            "numbers": numbers,
            "amount": edition["amount"] * form.quantity,
            "currency": edition["currency"],
            "created_at": now,
            "expires_at": now + HOLD,
        }
        store.add_reservation(connection, reservation)
        store.hold(connection, reservation)
    return _make_reservation(reservation)


def _find_edition(connection: Connection, slug: str, form: ReservationForm) -> Row:
    poster = store.get(connection, slug)
    if poster is None:
        raise NotFound
    if poster["state"] != "on_sale":
        raise SoldOut(0)
    edition = store.find_edition(connection, slug, form.edition)
    if edition is None:
        raise InvalidBody(FieldError("body", "edition", "is not an edition of this poster."))
    return edition


def _pick_numbers(
    context: Context, connection: Connection, edition: Row, quantity: int
) -> list[int]:
    if edition["run"] is None:
        return []
    found = store.list_free_numbers(
        connection, edition["poster"], edition["id"], quantity, context.now()
    )
    if len(found) < quantity:
        raise SoldOut(len(found))
    return found


def order(context: Context, form: OrderForm) -> Order:
    with context.database.write() as connection:
        reservation = store.lock_reservation(connection, form.reservation)
        if reservation is None:
            raise InvalidBody(FieldError("body", "reservation", "is not an existing reservation."))
        if store.find_order_by_reservation(connection, reservation["id"]) is None:
            _place_order(context, connection, reservation, form)
        placed = store.find_order_by_reservation(connection, reservation["id"])
    context.wake_worker()
    return _make_order(_require(placed))


def get(context: Context, order_id: str) -> Order:
    with context.database.read() as connection:
        return _make_order(_require(store.find_order(connection, order_id)))


def _place_order(
    context: Context, connection: Connection, reservation: Row, form: OrderForm
) -> None:
    now = context.now()
    if now >= reservation["expires_at"]:
        raise ReservationExpired
    order_id = new_id("ord")
    buyer = form.model_dump(mode="json", exclude={"reservation"})
    store.add_order(
        connection,
        {
            "id": order_id,
            "reservation": reservation["id"],
            "state": "placed",
            "sealed": context.vault.seal(buyer),
            "lang": form.lang,
            "created_at": now,
        },
    )
    if store.sell(connection, reservation["id"], order_id) != len(reservation["numbers"]):
        raise ReservationExpired
    _send_email(context, connection, reservation, form)


def _send_email(
    context: Context, connection: Connection, reservation: Row, form: OrderForm
) -> None:
    language = choose_email_language(form.lang)
    numbers = [language.number(number) for number in reservation["numbers"]]
    email = compose_email(
        "posters",
        "placed_numbered" if numbers else "placed",
        to=form.email,
        language=language,
        poster=_find_title(connection, reservation["poster"], language.tag),
        quantity=language.number(reservation["quantity"]),
        prints=language.listing(numbers),
        total=_format_price(reservation, language),
    )
    mail.queue(context, connection, kind="order", email=email)


def _find_title(connection: Connection, slug: str, lang: str) -> str:
    titles = {text["lang"]: text["title"] for text in store.list_texts(connection, [slug])[slug]}
    title: str = titles[choose_language(list(titles), lang)]
    return title


def _format_price(row: Row, language: Language) -> str:
    digits = _count_minor_digits(row["currency"])
    return language.price(Decimal(row["amount"]).scaleb(-digits), row["currency"])


def _count_minor_digits(currency: str) -> int:
    if currency in WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in THOUSANDTHS else 2


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _make_total(row: Row) -> Money:
    return Money(amount=row["amount"], currency=row["currency"])


def _make_reservation(row: Row) -> Reservation:
    return Reservation(
        id=row["id"],
        poster=row["poster"],
        edition=row["edition"],
        quantity=row["quantity"],
        numbers=row["numbers"],
        total=_make_total(row),
        expires_at=row["expires_at"],
    )


def _make_order(row: Row) -> Order:
    return Order(
        id=row["id"],
        state=row["state"],
        poster=row["poster"],
        edition=row["edition"],
        quantity=row["quantity"],
        numbers=row["numbers"],
        total=_make_total(row),
        payment=Payment(state="due", detail=get_payment_text(choose_email_language(row["lang"]))),
        created_at=row["created_at"],
    )
