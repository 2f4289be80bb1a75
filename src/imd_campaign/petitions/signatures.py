"""Sign and confirm. Signers learn nothing about earlier signatures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_id, new_token
from imd_campaign.db import Connection, Row
from imd_campaign.errors import ConfirmationExpired, NotFound, PetitionClosed
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email, choose_email_language, compose_email
from imd_campaign.mailboxes import canonicalise
from imd_campaign.petitions import store
from imd_campaign.petitions.schemas import Confirmation, SignatureForm, SignatureReceipt
from imd_campaign.petitions.service import get_state, require_petition
from imd_locale.negotiation import choose_language

CONFIRMATION_LIFETIME = timedelta(days=7)
EMAIL_INTERVAL = timedelta(hours=1)
MAX_EMAILS = 5
RECEIPT = (
    "We have sent you an e-mail. The signature counts once you have confirmed it with the link "
    "in it."
)


def sign(context: Context, slug: str, form: SignatureForm) -> SignatureReceipt:
    details, now = _seal_details(context, form), context.now()
    with context.database.write() as connection:
        petition = require_petition(connection, slug)
        if get_state(petition, now) != "open":
            raise PetitionClosed
        signing = _Signing(context, connection, petition["id"], form, details, now)
        if email := signing.compose_next_email():
            mail.queue(
                context,
                connection,
                kind="signature",
                email=email,
                priority=mail.Priority.CONFIRMATION,
            )
    context.wake_worker()
    return SignatureReceipt(status="confirmation_sent", detail=RECEIPT)


def get_confirmation(context: Context, token: str) -> Confirmation:
    with context.database.read() as connection:
        row = _require_confirmable(connection, token, context.now())
        return _to_confirmation(connection, row, row["state"])


def confirm(context: Context, token: str) -> Confirmation:
    now = context.now()
    with context.database.write() as connection:
        row = _require_confirmable(connection, token, now)
        if row["state"] == "pending":
            details = context.vault.decrypt(row["details"])
            store.confirm(connection, row["signature_id"], confirmed_at=now, **details)
        return _to_confirmation(connection, row, "confirmed")


def _seal_details(context: Context, form: SignatureForm) -> dict[str, Any]:
    """Return what the link in this form's e-mail confirms."""
    return {
        "country": form.country,
        "lang": form.lang,
        "public": form.public,
        "updates": form.updates,
        "source": form.source,
        "display_name": form.name if form.public else None,
        "sealed": context.vault.seal({"name": form.name, "email": form.email}),
    }


@dataclass(frozen=True, slots=True)
class _Signing:
    context: Context
    connection: Connection
    petition: int
    form: SignatureForm
    details: Mapping[str, Any]
    now: datetime

    def compose_next_email(self) -> Email | None:
        """Compose the e-mail for this form; None while it is too soon for another one."""
        fingerprint = self._fingerprint()
        signature_id = new_id("sig")
        if self._is_first(signature_id, fingerprint):
            return self._compose_confirmation(signature_id)
        known = store.find_signature(self.connection, self.petition, fingerprint)
        if known["mails"] >= MAX_EMAILS or self.now - known["mailed_at"] < EMAIL_INTERVAL:
            return None
        store.mark_mailed(self.connection, known["id"], known["mails"] + 1, self.now)
        return (
            self._compose_confirmation(known["id"])
            if known["state"] == "pending"
            else self._compose_reminder()
        )

    def _fingerprint(self) -> bytes:
        mailbox = canonicalise(self.form.email)
        return self.context.vault.fingerprint("signature", f"{self.petition} {mailbox}")

    def _is_first(self, signature_id: str, fingerprint: bytes) -> bool:
        values = {**self.details, "display_name": None, "id": signature_id, "state": "pending"}
        return store.add_signature(
            self.connection,
            **values,
            petition_id=self.petition,
            fingerprint=fingerprint,
            mails=1,
            mailed_at=self.now,
            created_at=self.now,
        )

    def _compose_confirmation(self, signature_id: str) -> Email:
        token = new_token()
        store.add_confirmation(
            self.connection,
            digest=compute_digest(token),
            signature_id=signature_id,
            details=self.context.vault.encrypt(self.details),
            expires_at=self.now + CONFIRMATION_LIFETIME,
        )
        return self._compose("confirm", link=_make_link(self.context, token, self.form.lang))

    def _compose_reminder(self) -> Email:
        return self._compose("signed")

    def _compose(self, kind: str, **values: str) -> Email:
        lang = self.form.lang
        title = _find_title(self.connection, self.petition, lang)
        to = self.form.email
        return compose_email(
            "petitions", kind, to=to, language=choose_email_language(lang), title=title, **values
        )


def _make_link(context: Context, token: str, lang: str | None) -> str:
    query = f"?lang={lang}" if lang else ""
    return f"{context.settings.site_url.rstrip('/')}/confirm/{token}{query}"


def _find_title(connection: Connection, petition_id: int, lang: str | None) -> str:
    texts = store.list_texts(connection, [petition_id])[petition_id]
    title: str = texts[choose_language(list(texts), lang)]["title"]
    return title


def _require_confirmable(connection: Connection, token: str, now: datetime) -> Row:
    row = store.find_confirmation(connection, compute_digest(token))
    if row is None:
        raise NotFound
    if row["state"] == "pending" and now >= row["expires_at"]:
        raise ConfirmationExpired
    return row


def _to_confirmation(
    connection: Connection, row: Row, state: Literal["pending", "confirmed"]
) -> Confirmation:
    return Confirmation(
        petition=row["slug"],
        title=_find_title(connection, row["petition_id"], row["lang"]),
        state=state,
        expires_at=row["expires_at"] if state == "pending" else None,
    )
