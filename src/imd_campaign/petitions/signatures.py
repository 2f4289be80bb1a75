"""Signing and confirming: who signs learns nothing about who signed before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from imd_campaign.context import Context
from imd_campaign.crypto import digest, new_id, new_token
from imd_campaign.db import Connection, Row
from imd_campaign.email_addresses import canonical
from imd_campaign.errors import ConfirmationExpired, NotFound, PetitionClosed
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email, language_for, write
from imd_campaign.petitions import store
from imd_campaign.petitions.schemas import Confirmation, SignatureForm, SignatureReceipt
from imd_campaign.petitions.service import found, state_of
from imd_locale.negotiation import choose_language

CONFIRMABLE = timedelta(days=7)
MAIL_EVERY = timedelta(hours=1)
MAILS = 5
MAILED = (
    "We have sent you an e-mail. The signature counts once you have confirmed it with the link "
    "in it."
)


def sign(context: Context, slug: str, form: SignatureForm) -> SignatureReceipt:
    details, now = _details(context, form), context.now()
    with context.database.write() as connection:
        petition = found(connection, slug)
        if state_of(petition, now) != "open":
            raise PetitionClosed
        signing = _Signing(context, connection, petition["id"], form, details, now)
        if letter := signing.letter():
            mail.queue(context, connection, kind="signature", letter=letter)
    context.wake_worker()
    return SignatureReceipt(status="confirmation_sent", detail=MAILED)


def confirmation(context: Context, token: str) -> Confirmation:
    with context.database.read() as connection:
        row = _confirmable(connection, token, context.now())
        return _as_it_stands(connection, row, row["state"])


def confirm(context: Context, token: str) -> Confirmation:
    now = context.now()
    with context.database.write() as connection:
        row = _confirmable(connection, token, now)
        if row["state"] == "pending":
            details = context.vault.decrypt(row["details"])
            store.confirm(connection, row["signature_id"], confirmed_at=now, **details)
        return _as_it_stands(connection, row, "confirmed")


def _details(context: Context, form: SignatureForm) -> dict[str, Any]:
    """What the link of this form's mail will confirm, and no other form's."""
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

    def letter(self) -> Email | None:
        """What to mail for this form; nothing while it is too soon for another letter."""
        fingerprint = self._fingerprint()
        signature_id = new_id("sig")
        if self._is_first(signature_id, fingerprint):
            return self._to_confirm(signature_id)
        known = store.signature(self.connection, self.petition, fingerprint)
        if known["mails"] >= MAILS or self.now - known["mailed_at"] < MAIL_EVERY:
            return None
        store.mark_mailed(self.connection, known["id"], known["mails"] + 1, self.now)
        return self._to_confirm(known["id"]) if known["state"] == "pending" else self._signed()

    def _fingerprint(self) -> bytes:
        mailbox = canonical(self.form.email)
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

    def _to_confirm(self, signature_id: str) -> Email:
        token = new_token()
        store.add_confirmation(
            self.connection,
            digest=digest(token),
            signature_id=signature_id,
            details=self.context.vault.encrypt(self.details),
            expires_at=self.now + CONFIRMABLE,
        )
        return self._written("confirm", link=_link(self.context, token, self.form.lang))

    def _signed(self) -> Email:
        return self._written("signed")

    def _written(self, kind: str, **values: str) -> Email:
        lang = self.form.lang
        title = _title(self.connection, self.petition, lang)
        to = self.form.email
        return write("petitions", kind, to=to, language=language_for(lang), title=title, **values)


def _link(context: Context, token: str, lang: str | None) -> str:
    query = f"?lang={lang}" if lang else ""
    return f"{context.settings.site_url.rstrip('/')}/confirm/{token}{query}"


def _title(connection: Connection, petition_id: int, lang: str | None) -> str:
    texts = store.texts(connection, [petition_id])[petition_id]
    title: str = texts[choose_language(list(texts), lang)]["title"]
    return title


def _confirmable(connection: Connection, token: str, now: datetime) -> Row:
    row = store.confirmation(connection, digest(token))
    if row is None:
        raise NotFound
    if row["state"] == "pending" and now >= row["expires_at"]:
        raise ConfirmationExpired
    return row


def _as_it_stands(
    connection: Connection, row: Row, state: Literal["pending", "confirmed"]
) -> Confirmation:
    return Confirmation(
        petition=row["slug"],
        title=_title(connection, row["petition_id"], row["lang"]),
        state=state,
        expires_at=row["expires_at"] if state == "pending" else None,
    )
