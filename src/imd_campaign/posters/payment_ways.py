"""The ways to pay for an order that a campaign offers, and the link to its own checkout."""

import base64
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import ID_ALPHABET
from imd_campaign.mail.email_templates import get_payment_text
from imd_campaign.posters.schemas import PaymentWay
from imd_campaign.signed_messages import decode_secret
from imd_locale.language import Language

Row = Mapping[Any, Any]
REFERENCE_LENGTH = 8


def list_ways(context: Context, order: Row) -> Sequence[PaymentWay]:
    return list(_iterate_ways(context, order))


def _iterate_ways(context: Context, order: Row) -> Iterator[PaymentWay]:
    settings = context.settings
    if settings.checkout_url is not None:
        yield PaymentWay(kind="checkout", url=_make_checkout_link(context, order))
    if settings.payment_instructions is not None:
        yield PaymentWay(kind="invoice", detail=settings.payment_instructions)
    if settings.payment_pickup is not None:
        yield PaymentWay(kind="pickup", detail=settings.payment_pickup)


def make_reference(context: Context, order_id: str) -> str:
    """Return a short name of the order for transfers, which does not open the order."""
    digest = context.vault.fingerprint("order-reference", order_id)
    letters = "".join(ID_ALPHABET[byte % 32] for byte in digest[:REFERENCE_LENGTH]).upper()
    return f"{letters[:4]}-{letters[4:]}"


def describe_payment(context: Context, order: Row, language: Language) -> str:
    """Write the ways to pay for an e-mail; without any, staff write to the buyer."""
    unpaid = get_payment_text(language, "unpaid")
    ways = [_describe_way(context, order, way, language) for way in list_ways(context, order)]
    if not ways:
        return f"{unpaid} {get_payment_text(language, 'later')}"
    return "\n\n".join([unpaid, *ways])


def _describe_way(context: Context, order: Row, way: PaymentWay, language: Language) -> str:
    reference = make_reference(context, order["id"])
    label = get_payment_text(language, way.kind, reference=reference)
    return f"{label}\n\n{way.url or way.detail}"


def _make_checkout_link(context: Context, order: Row) -> str:
    settings = context.settings
    if settings.checkout_url is None or settings.checkout_secret is None:
        raise ValueError("there is no checkout")
    values = {name: order[field] for name, field in CHECKOUT_FIELDS.items()}
    secret = settings.checkout_secret.get_secret_value()
    return settings.checkout_url.format(**values, signature=sign_checkout(secret, **values))


CHECKOUT_FIELDS = {"order": "id", "amount": "amount", "currency": "currency"}


def sign_checkout(secret: str, *, order: str, amount: int, currency: str) -> str:
    """Sign what a checkout has to charge, so that nobody can change the amount in the link."""
    signed = f"checkout.{order}.{amount}.{currency}".encode()
    digest = hmac.digest(decode_secret(secret), signed, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
