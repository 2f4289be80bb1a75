"""Signers of a petition, without forms and e-mails."""

from datetime import timedelta
from itertools import count

from sqlalchemy import select

from imd_campaign.context import Context
from imd_campaign.errors import NotFound
from imd_campaign.petitions import personal_data, service, store
from imd_campaign.petitions.invalidation import service as invalidation
from imd_campaign.petitions.invalidation.selection import Selection
from imd_campaign.petitions.signatures import fingerprint_signer
from imd_campaign.petitions.tables import ledger

IDS = count()


class Signers:
    """People who sign one petition, and withdraw, and staff who declare signatures invalid."""

    def __init__(self, context: Context, slug: str) -> None:
        self.context = context
        self.slug = slug
        self.ids: dict[int, str] = {}
        with context.database.read() as connection:
            self.petition_id = service.require_petition(connection, slug)["id"]

    def sign(self, person: int, country: str = "KE", source: str | None = None) -> bool:
        signature_id = f"sig_{next(IDS)}"
        with self.context.database.write() as connection:
            is_new = store.add_signature(
                connection,
                id=signature_id,
                petition_id=self.petition_id,
                fingerprint=self._fingerprint(person),
                country=country,
                source=source,
                public=False,
                updates=False,
                sealed="sealed",
                confirmed_at=self.context.now(),
            )
        if is_new:
            self.ids[person] = signature_id
        return is_new

    def withdraw(self, person: int) -> bool:
        """Withdraw by the person's own link."""
        email, signature_id = self.email(person), self.ids.get(person, "sig_none")
        try:
            with self.context.database.write() as connection:
                personal_data.withdraw(self.context, connection, email, signature_id)
        except NotFound:
            return False
        return True

    def erase(self, person: int) -> None:
        with self.context.database.write() as connection:
            personal_data.erase(self.context, connection, self.email(person))

    def invalidate(self, country: str) -> str:
        """Declare all counted signatures from a country invalid; return the invalidation's ID."""
        until = self.context.now() + timedelta(days=1)
        selection = Selection(petition=self.slug, country=country, until=until)
        return invalidation.invalidate(self.context, selection, actor="staff", reason="Fraud").id

    def undo(self, invalidation_id: str) -> int:
        signed = {"actor": "staff", "reason": "No fraud"}
        return invalidation.undo(self.context, invalidation_id, **signed)

    def read_ledger(self):
        query = select(ledger).where(ledger.c.petition_id == self.petition_id).order_by(ledger.c.id)
        with self.context.database.read() as connection:
            return connection.execute(query).mappings().all()

    def _fingerprint(self, person: int) -> bytes:
        return fingerprint_signer(self.context, self.petition_id, self.email(person))

    def email(self, person: int) -> str:
        return f"person{person}@petition{self.petition_id}.example"
