"""Order prints: accepted without effect, and placed once the mailbox has confirmed."""

from collections.abc import Sequence

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import FieldError, InvalidBody
from imd_campaign.posters import orders, store
from imd_campaign.posters.emails import choose_title
from imd_campaign.posters.orders import Buyer
from imd_campaign.posters.reservations import check_quantity, read_token
from imd_campaign.posters.schemas import (
    Address,
    Money,
    OrderConfirmation,
    OrderForm,
    ReservedPrints,
)
from imd_campaign.submissions import service as submissions
from imd_campaign.submissions.kinds import Consent, Effect, EmailItem, Submitted
from imd_campaign.submissions.schemas import Confirmation, SubmissionReceipt
from imd_campaign.submissions.service import Origin, Submission
from imd_locale.language import Language
from imd_locale.negotiation import choose_language

KIND = "order"
RECEIPT = SubmissionReceipt(
    detail="We have sent you an e-mail. The order is placed once you have confirmed it with the "
    "link in it."
)


async def order(context: Context, form: OrderForm, origin: Origin | None) -> bool:
    """Store an order until it is confirmed; return False for a repeated request."""
    prints = read_token(context, form.reservation)
    details = {
        "name": form.name,
        "address": form.address.model_dump(mode="json"),
        "prints": prints.model_dump(mode="json"),
    }
    target = _identify(context, form, prints)
    submission = Submission(KIND, target, form.email, form.lang, details, form.proof)
    return await submissions.accept(context, submission, origin)


def _identify(context: Context, form: OrderForm, prints: ReservedPrints) -> str:
    """Return what is equal only for forms with the same content: no other replaces this one."""
    entered = form.model_dump_json(exclude={"reservation", "proof"})
    reserved = prints.model_dump_json(exclude={"expires_at"})
    return context.vault.fingerprint(KIND, f"{reserved} {entered}").hex()


class OrderKind:
    asks_consent = False
    offers_choice = True

    def list_email_items(
        self,
        context: Context,
        connection: Connection,
        submissions: Sequence[tuple[Submitted, Language]],
    ) -> Sequence[EmailItem]:
        """Name the poster only: everything else was typed by somebody who may be a stranger."""
        slugs = {submitted.details["prints"]["poster"] for submitted, _ in submissions}
        texts = store.list_texts(connection, list(slugs))
        return [
            EmailItem(
                "posters",
                "confirm",
                {"poster": choose_title(texts[_read_prints(submitted).poster], language.tag)},
                is_confirmable=True,
            )
            for submitted, language in submissions
        ]

    def find_effect(
        self, context: Context, connection: Connection, submitted: Submitted
    ) -> Effect | None:
        return None

    def take_effect(
        self, context: Context, connection: Connection, submitted: Submitted, consent: Consent
    ) -> Effect:
        buyer = Buyer(
            name=consent.name or submitted.details["name"],
            email=submitted.details["email"],
            address=_read_address(submitted),
            lang=submitted.row["lang"],
            mailbox=submitted.row["mailbox"],
        )
        prints = _choose_prints(connection, _read_prints(submitted), consent)
        return Effect(orders.place(context, connection, prints, buyer))

    def describe(
        self,
        connection: Connection,
        submitted: Submitted,
        effect: Effect | None,
        common: Confirmation,
    ) -> OrderConfirmation:
        is_pending = common.state == "pending"
        prints = _read_prints(submitted) if is_pending else _find_ordered(connection, effect)
        lang = submitted.row["lang"]
        return OrderConfirmation(
            **dict(common),
            poster=prints and prints.poster,
            title=prints and _find_title(connection, prints, lang),
            edition=prints and prints.edition,
            edition_title=prints and _find_edition_title(connection, prints, lang),
            quantity=prints and prints.quantity,
            total=prints and Money(amount=prints.amount, currency=prints.currency),
            address=_read_address(submitted) if is_pending else None,
            order=effect and effect.outcome,
        )


def _read_prints(submitted: Submitted) -> ReservedPrints:
    return ReservedPrints.model_validate(submitted.details["prints"])


def _read_address(submitted: Submitted) -> Address:
    return Address.model_validate(submitted.details["address"])


def _choose_prints(
    connection: Connection, prints: ReservedPrints, consent: Consent
) -> ReservedPrints:
    """Apply what the owner of the mailbox chose instead of what was reserved."""
    chosen = prints if consent.edition is None else _change_edition(connection, prints, consent)
    if consent.quantity is None:
        return chosen
    if consent.quantity > prints.quantity:
        message = f"must be at most {prints.quantity}, the number that was ordered."
        raise InvalidBody(FieldError("body", "quantity", message))
    return chosen.model_copy(update={"quantity": consent.quantity})


def _change_edition(
    connection: Connection, prints: ReservedPrints, consent: Consent
) -> ReservedPrints:
    """Take another edition of the poster at its present price; the reserved one keeps its own."""
    if consent.edition == prints.edition:
        return prints
    edition = store.find_edition(connection, prints.poster, consent.edition or "")
    if edition is None:
        raise InvalidBody(FieldError("body", "edition", "is not an edition of this poster."))
    check_quantity(edition, consent.quantity or prints.quantity)
    changes = {name: edition[field] for name, field in CHANGED_FIELDS.items()}
    return prints.model_copy(update=changes)


CHANGED_FIELDS = {"edition": "id", "price": "amount", "currency": "currency"}


def _find_ordered(connection: Connection, effect: Effect | None) -> ReservedPrints | None:
    order_id = effect and effect.outcome
    row = store.find_order(connection, order_id) if order_id else None
    if row is None:
        return None
    return ReservedPrints(
        poster=row["poster"],
        edition=row["edition"],
        quantity=row["quantity"],
        price=row["amount"] // row["quantity"],
        currency=row["currency"],
        expires_at=row["created_at"],
    )


def _find_title(connection: Connection, prints: ReservedPrints, lang: str | None) -> str:
    return choose_title(store.list_texts(connection, [prints.poster])[prints.poster], lang)


def _find_edition_title(
    connection: Connection, prints: ReservedPrints, lang: str | None
) -> str | None:
    edition = store.find_edition(connection, prints.poster, prints.edition)
    if edition is None:
        return None
    titles: dict[str, str] = edition["titles"]
    return titles[choose_language(list(titles), lang)]
