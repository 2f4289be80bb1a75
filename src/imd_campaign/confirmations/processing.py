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
from imd_campaign.mail.email_templates import Email, choose_email_language
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
        dropped, postponed, asked = [], [], []
        for mailbox, rows in accepted.items():
            if mailbox in blocked:
                dropped += [{"id": r["id"], "state": "blocked", "details": None} for r in rows]
            elif until := self._find_wait(emails.get(mailbox, ())):
                postponed += [{"id": row["id"], "due_at": until} for row in rows]
            else:
                asked.append([_Question(self.context, row) for row in rows[-MAX_ITEMS:]])
        store.change(self.connection, dropped)
        store.change(self.connection, postponed)
        self._ask(asked)

    def _find_wait(self, emails: Sequence[datetime]) -> datetime | None:
        next_time = find_next_time(EMAILS, emails)
        return next_time if next_time and next_time > self.now else None

    def _ask(self, groups: Sequence[Sequence["_Question"]]) -> None:
        """Send the owner of each mailbox one e-mail about its submissions."""
        mail.queue_all(
            self.context,
            self.connection,
            kind="confirmation",
            emails=self._compose(groups),
            priority=mail.Priority.CONFIRMATION,
        )
        expires_at = self.now + LIFETIME
        changes = [question.to_row(expires_at) for group in groups for question in group]
        store.change(self.connection, changes)
        mailboxes = [group[0].submitted.row["mailbox"] for group in groups]
        store.record_uses(self.connection, mailboxes, EMAIL, self.now)

    def _compose(self, groups: Sequence[Sequence["_Question"]]) -> Sequence[Email]:
        """Compose each e-mail in the language of its newest form."""
        languages = [choose_email_language(group[-1].submitted.row["lang"]) for group in groups]
        items = self._list_items(
            [
                (question.submitted, language)
                for group, language in zip(groups, languages, strict=True)
                for question in group
            ]
        )
        return [
            compose(
                [question.to_item(items) for question in group],
                to=group[-1].submitted.details["email"],
                language=language,
                code_page=_make_url(self.context, "/confirm", group[-1].submitted.row),
            )
            for group, language in zip(groups, languages, strict=True)
        ]

    def _list_items(
        self, submissions: Sequence[tuple[Submitted, Language]]
    ) -> Mapping[int, EmailItem]:
        items: dict[int, EmailItem] = {}
        for name, kind in KINDS.items():
            own = [pair for pair in submissions if pair[0].row["kind"] == name]
            found = kind.list_email_items(self.context, self.connection, own) if own else ()
            items |= {s.row["id"]: item for (s, _), item in zip(own, found, strict=True)}
        return items


class _Question:
    """A submission with its new link and code."""

    def __init__(self, context: Context, row: Row) -> None:
        self._context = context
        self.submitted = Submitted(row, context.vault.decrypt(row["details"]))
        self.token, self.code = new_token(), new_code()

    def to_item(self, items: Mapping[int, EmailItem]) -> ConfirmationItem:
        row = self.submitted.row
        link = _make_url(self._context, f"/confirm/{self.token}", row)
        return ConfirmationItem(items[row["id"]], link, self.code)

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
