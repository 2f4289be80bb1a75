"""Decide what accepted submissions lead to: an e-mail now, one together with others later, or none.

What is written is the same for mailboxes that are known and for those that are not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from imd_campaign.confirmations.emails import ConfirmationItem, compose
from imd_campaign.confirmations.kinds import KINDS
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_token
from imd_campaign.db import Connection, Row, try_to_lock_transaction
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import choose_email_language
from imd_campaign.submissions import store
from imd_campaign.submissions.codes import new_code
from imd_campaign.submissions.kinds import EmailItem, Submitted
from imd_campaign.submissions.service import fingerprint_code
from imd_campaign.submissions.windows import EMAILS, LONGEST, find_next_time
from imd_locale.language import Language

PROCESSING_LOCK = 19901219
BATCH_SIZE = 200
MAX_ITEMS = 10
LIFETIME = timedelta(days=7)
EMAIL = "email"


def process_due(context: Context) -> int:
    """Process one batch; return how many mailboxes it had."""
    with context.database.write() as connection:
        if not try_to_lock_transaction(connection, PROCESSING_LOCK):
            return 0
        mailboxes = store.find_due_mailboxes(connection, context.now(), BATCH_SIZE)
        if mailboxes:
            _Batch(context, connection, context.now()).process(mailboxes)
    return len(mailboxes)


@dataclass(frozen=True, slots=True)
class _Batch:
    context: Context
    connection: Connection
    now: datetime

    def process(self, mailboxes: Sequence[bytes]) -> None:
        store.end_repeated(self.connection, mailboxes)
        accepted = store.list_accepted(self.connection, mailboxes)
        blocked = store.find_blocked(self.connection, mailboxes)
        emails = store.list_uses(self.connection, mailboxes, EMAIL, self.now - LONGEST)
        for mailbox, rows in accepted.items():
            if mailbox in blocked:
                self._drop(rows)
            elif until := self._find_wait(emails.get(mailbox, ())):
                self._postpone(rows, until)
            else:
                self._ask(mailbox, rows[:MAX_ITEMS])

    def _drop(self, rows: Sequence[Row]) -> None:
        ended = [{"id": row["id"], "state": "blocked", "details": None} for row in rows]
        store.change(self.connection, ended)

    def _find_wait(self, emails: Sequence[datetime]) -> datetime | None:
        next_time = find_next_time(EMAILS, emails)
        return next_time if next_time and next_time > self.now else None

    def _postpone(self, rows: Sequence[Row], until: datetime) -> None:
        store.change(self.connection, [{"id": row["id"], "due_at": until} for row in rows])

    def _ask(self, mailbox: bytes, rows: Sequence[Row]) -> None:
        """Send the owner of a mailbox one e-mail about these submissions."""
        questions = [_Question(self.context, row) for row in rows]
        newest = questions[-1]
        language = choose_email_language(newest.submitted.row["lang"])
        email = compose(
            self._list_items(questions, language),
            to=newest.submitted.details["email"],
            language=language,
            code_page=_make_url(self.context, "/confirm", newest.submitted.row),
        )
        mail.queue(
            self.context,
            self.connection,
            kind="confirmation",
            email=email,
            priority=mail.Priority.CONFIRMATION,
        )
        expires_at = self.now + LIFETIME
        store.change(self.connection, [question.to_row(expires_at) for question in questions])
        store.record_uses(self.connection, [mailbox], EMAIL, self.now)

    def _list_items(
        self, questions: Sequence["_Question"], language: Language
    ) -> Sequence[ConfirmationItem]:
        items = self._describe([question.submitted for question in questions], language)
        return [
            ConfirmationItem(
                items[question.submitted.row["id"]],
                _make_url(self.context, f"/confirm/{question.token}", question.submitted.row),
                question.code,
            )
            for question in questions
        ]

    def _describe(
        self, submissions: Sequence[Submitted], language: Language
    ) -> Mapping[int, EmailItem]:
        items: dict[int, EmailItem] = {}
        for name, kind in KINDS.items():
            own = [submitted for submitted in submissions if submitted.row["kind"] == name]
            found = kind.list_email_items(self.context, self.connection, own, language)
            items |= {s.row["id"]: item for s, item in zip(own, found, strict=True)}
        return items


class _Question:
    """A submission with its new link and code."""

    def __init__(self, context: Context, row: Row) -> None:
        self._context = context
        self.submitted = Submitted(row, context.vault.decrypt(row["details"]))
        self.token, self.code = new_token(), new_code()

    def to_row(self, expires_at: datetime) -> Mapping[str, object]:
        row, vault = self.submitted.row, self._context.vault
        return {
            "id": row["id"],
            "state": "asked",
            "token": compute_digest(self.token),
            "code": fingerprint_code(self._context, row["mailbox"], self.code),
            "details": vault.encrypt({**self.submitted.details, "token": self.token}),
            "expires_at": expires_at,
        }


def _make_url(context: Context, path: str, row: Row) -> str:
    query = f"?lang={row['lang']}" if row["lang"] else ""
    return f"{context.settings.site_url.rstrip('/')}{path}{query}"
