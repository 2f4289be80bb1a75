"""An order to confirm as it is shown, and what is offered if its prints are not available."""

from collections.abc import Iterator
from dataclasses import dataclass

from imd_sdk import OrderLimitReached, SoldOut
from imd_sdk.models import Edition, Money, OrderConfirmation, Poster, PosterState
from imd_widgets.languages import Language
from imd_widgets.posters.ordering import describe_quantity, describe_stock
from imd_widgets.widget.options import N_

LIMIT = N_("You can have at most two unpaid prints of an edition on order.")


@dataclass(frozen=True)
class OfferView:
    """Prints that can be ordered instead."""

    edition: str
    edition_title: str
    quantity: int
    prints: str
    total: str


@dataclass(frozen=True)
class OrderView:
    """An order to confirm as it is shown."""

    edition_title: str
    prints: str
    total: str
    address: tuple[str, ...]
    reason: str = ""
    """Why it could not be placed."""
    offers: tuple[OfferView, ...] = ()


def make_order_view(
    confirmation: OrderConfirmation,
    language: Language,
    reason: str = "",
    offers: tuple[OfferView, ...] = (),
) -> OrderView:
    return OrderView(
        edition_title=confirmation.edition_title or "",
        prints=describe_quantity(confirmation.quantity or 0, language),
        total=_format_price(confirmation.total, language) if confirmation.total else "",
        address=tuple(_list_address_lines(confirmation, language)),
        reason=reason,
        offers=offers,
    )


def describe_reason(error: SoldOut | OrderLimitReached, language: Language) -> str:
    if isinstance(error, OrderLimitReached):
        return language.gettext(LIMIT)
    return describe_stock(error.available, language)


def list_offers(
    confirmation: OrderConfirmation, poster: Poster, available: int, language: Language
) -> Iterator[OfferView]:
    """Offer the prints that are left at the price of the order, and open editions at theirs."""
    quantity, total = confirmation.quantity, confirmation.total
    if poster.state != PosterState.ON_SALE or not quantity or total is None:
        return
    for edition in poster.editions:
        if edition.id == confirmation.edition and available:
            price = total.amount // quantity
            yield _make_offer(edition, min(available, quantity), price, language)
        elif edition.id != confirmation.edition and edition.run is None:
            yield _make_offer(edition, quantity, edition.price.amount, language)


def _make_offer(edition: Edition, quantity: int, price: int, language: Language) -> OfferView:
    total = Money(amount=price * quantity, currency=edition.price.currency)
    return OfferView(
        edition=edition.id,
        edition_title=edition.title,
        quantity=quantity,
        prints=describe_quantity(quantity, language),
        total=_format_price(total, language),
    )


def _format_price(money: Money, language: Language) -> str:
    return language.price(money.decimal, money.currency)


def _list_address_lines(confirmation: OrderConfirmation, language: Language) -> Iterator[str]:
    address = confirmation.address
    if address is None:
        return
    yield from address.lines
    yield " ".join(filter(None, (address.postal_code, address.locality)))
    yield language.territory(address.country)
