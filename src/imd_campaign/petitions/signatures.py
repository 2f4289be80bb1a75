"""Sign, and what confirming a signature does. Signers learn nothing about earlier signatures."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound, PetitionClosed
from imd_campaign.mailboxes import canonicalise
from imd_campaign.petitions import store
from imd_campaign.petitions.schemas import SignatureConfirmation, SignatureForm
from imd_campaign.petitions.service import get_state
from imd_campaign.submissions import service as submissions
from imd_campaign.submissions.kinds import Consent, Effect, EmailItem, Submitted
from imd_campaign.submissions.schemas import Confirmation, SubmissionReceipt
from imd_campaign.submissions.service import Origin, Submission
from imd_locale.language import Language
from imd_locale.negotiation import choose_language

KIND = "signature"
RECEIPT = SubmissionReceipt(
    detail="We have sent you an e-mail. The signature counts once you have confirmed it with the "
    "link in it."
)


async def sign(context: Context, slug: str, form: SignatureForm, origin: Origin | None) -> bool:
    """Store a signature until it is confirmed; return False for a repeated request."""
    petition = await _require_petition(context, slug)
    if get_state(petition, context.now()) != "open":
        raise PetitionClosed
    details = form.model_dump(include={"name", "country", "source"})
    target = str(petition["id"])
    submission = Submission(KIND, target, form.email, form.lang, details, form.proof)
    return await submissions.accept(context, submission, origin)


async def _require_petition(context: Context, slug: str) -> Row:
    def read_petitions() -> Mapping[str, Row]:
        with context.database.read() as connection:
            return {row["slug"]: row for row in store.list_all(connection)}

    petitions = await context.recent_reads.get("petitions", read_petitions)
    if slug not in petitions:
        raise NotFound
    return petitions[slug]


class SignatureKind:
    asks_consent = True
    offers_choice = False

    def list_email_items(
        self,
        context: Context,
        connection: Connection,
        submissions: Sequence[tuple[Submitted, Language]],
    ) -> Sequence[EmailItem]:
        prints = [_fingerprint(context, submitted) for submitted, _ in submissions]
        petition_ids = {_get_petition_id(submitted.row) for submitted, _ in submissions}
        signed = store.find_signed(connection, petition_ids, prints)
        texts = store.list_texts(connection, petition_ids)
        return [
            EmailItem(
                "petitions",
                "signed" if fingerprint in signed else "confirm",
                {"title": choose_title(texts[_get_petition_id(submitted.row)], language.tag)},
                is_confirmable=fingerprint not in signed,
            )
            for (submitted, language), fingerprint in zip(submissions, prints, strict=True)
        ]

    def find_effect(
        self, context: Context, connection: Connection, submitted: Submitted
    ) -> Effect | None:
        petition_id, fingerprint = _get_petition_id(submitted.row), _fingerprint(context, submitted)
        signature_id = store.find_signature(connection, petition_id, fingerprint)
        return Effect(signature_id) if signature_id else None

    def take_effect(
        self, context: Context, connection: Connection, submitted: Submitted, consent: Consent
    ) -> Effect:
        details, signature_id = submitted.details, new_id("sig")
        name = consent.name or details["name"]
        is_new = store.add_signature(
            connection,
            id=signature_id,
            petition_id=_get_petition_id(submitted.row),
            fingerprint=_fingerprint(context, submitted),
            country=details["country"],
            lang=submitted.row["lang"],
            public=consent.public,
            updates=consent.updates,
            source=details["source"],
            display_name=name if consent.public else None,
            sealed=context.vault.seal({"name": name, "email": details["email"]}),
            confirmed_at=context.now(),
        )
        if not is_new:  # signed by another link at the same time
            return self.find_effect(context, connection, submitted) or Effect()
        return Effect(signature_id)

    def describe(
        self,
        connection: Connection,
        submitted: Submitted,
        effect: Effect | None,
        common: Confirmation,
    ) -> SignatureConfirmation:
        petition_id = _get_petition_id(submitted.row)
        texts = store.list_texts(connection, [petition_id])[petition_id]
        return SignatureConfirmation(
            **dict(common),
            petition=store.get_slug(connection, petition_id),
            title=choose_title(texts, submitted.row["lang"]),
            country=(
                submitted.details["country"]
                if common.state == "pending"
                else _find_country(connection, effect)
            ),
        )


def list_open_targets(connection: Connection, now: datetime) -> set[str]:
    """Return the targets of submissions to the petitions that accept signatures."""
    rows = store.list_all(connection)
    return {str(row["id"]) for row in rows if get_state(row, now) == "open"}


def _find_country(connection: Connection, effect: Effect | None) -> str | None:
    if effect is None or effect.outcome is None:
        return None
    return store.find_country(connection, effect.outcome)


def choose_title(texts: Mapping[str, Row], lang: str | None) -> str:
    title: str = choose_text(texts, lang)["title"]
    return title


def choose_text(texts: Mapping[str, Row], lang: str | None) -> Row:
    return texts[choose_language(list(texts), lang)]


def _fingerprint(context: Context, submitted: Submitted) -> bytes:
    petition_id = _get_petition_id(submitted.row)
    return fingerprint_signer(context, petition_id, submitted.details["email"])


def fingerprint_signer(context: Context, petition_id: int, email: str) -> bytes:
    """Return what is equal for one mailbox and petition, and nothing else."""
    mailbox = canonicalise(email)
    return context.vault.fingerprint("signature", f"{petition_id} {mailbox}")


def _get_petition_id(row: Row) -> int:
    return int(row["target"])
