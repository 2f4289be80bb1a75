from collections.abc import Mapping, Sequence
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import choose_email_language, compose_email
from imd_campaign.posters import store
from imd_campaign.posters.payment_ways import describe_payment
from imd_campaign.posters.prices import format_price
from imd_locale.language import Language
from imd_locale.negotiation import choose_language

Row = Mapping[Any, Any]

EMAILED_STATES = {"sent", "cancelled", "refunded", "expired"}


def email_order(
    context: Context, connection: Connection, order: Row, numbers: Sequence[int], to: str
) -> None:
    """Confirm to the buyer what was ordered, and until when it is kept."""
    language = choose_email_language(order["lang"])
    shown = [language.number(number) for number in numbers]
    kind = "placed_numbered" if numbers else "placed"
    until = language.date(order["kept_until"])
    payment = describe_payment(context, order, language)
    prints = language.listing(shown)
    _send(context, connection, kind, order, to, prints=prints, until=until, payment=payment)


def choose_kind(before: str, after: str) -> str | None:
    """Choose the e-mail about a change; a buyer who has paid knows it."""
    if (before, after) == ("paid", "cancelled"):
        return "cancelled_paid"
    return after if after in EMAILED_STATES else None


def email_change(
    context: Context, connection: Connection, kind: str, order: Row, *, to: str, reason: str
) -> None:
    _send(context, connection, kind, order, to, reason=reason)


def choose_title(texts: Sequence[Row], lang: str | None) -> str:
    titles = {text["lang"]: text["title"] for text in texts}
    title: str = titles[choose_language(list(titles), lang)]
    return title


def _send(
    context: Context, connection: Connection, kind: str, order: Row, to: str, **more: str
) -> None:
    language = choose_email_language(order["lang"])
    texts = store.list_texts(connection, [order["poster"]])[order["poster"]]
    email = compose_email(
        "posters",
        kind,
        to=to,
        language=language,
        poster=choose_title(texts, language.tag),
        quantity=language.number(order["quantity"]),
        total=format_price(order["amount"], order["currency"], language),
        link=_make_link(context, order, language),
        **more,
    )
    mail.queue(context, connection, kind=f"order-{kind}", email=email)


def _make_link(context: Context, order: Row, language: Language) -> str:
    site = context.settings.site_url.rstrip("/")
    return f"{site}/orders/{order['id']}?lang={language.tag}"
