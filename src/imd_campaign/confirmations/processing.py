"""Decide what accepted submissions lead to: an e-mail now, one together with others later, or none.

What is written is the same for mailboxes that are known and for those that are not.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress
from operator import not_

from imd_campaign.confirmations.admission import admit
from imd_campaign.confirmations.emails import ConfirmationItem, compose
from imd_campaign.confirmations.kinds import EMAILED_KINDS
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_token
from imd_campaign.db import Connection, Row, try_to_lock_transaction
from imd_campaign.failures import log_failure
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email, choose_email_language
from imd_campaign.restores.service import is_held
from imd_campaign.submissions import store
from imd_campaign.submissions.codes import new_code
from imd_campaign.submissions.kinds import EmailItem, Submitted
from imd_campaign.submissions.lanes import Lane
from imd_campaign.submissions.locks import PROCESSING_LOCK
from imd_campaign.submissions.service import fingerprint_code
from imd_campaign.submissions.windows import EMAILS, LONGEST, find_next_time
from imd_locale.language import Language

MAX_ITEMS = 10
LIFETIME = timedelta(days=7)
PAUSE = timedelta(minutes=20)
FAILURE_DELAY = timedelta(hours=1)
EMAIL = "email"
# Strangers can invent any number of events and orders: of these two, the newest come first.
RANKS = {"signature": 0, "personal-link": 1, "attendance": 2}


def process_due(context: Context) -> int:
    """Process one batch; return how many mailboxes it had."""
    with context.database.write() as connection:
        if is_held(connection) or not try_to_lock_transaction(connection, PROCESSING_LOCK):
            return 0
        admission = admit(context, connection, context.now())
        if admission.mailboxes:
            _Batch(context, connection, context.now()).process(admission.mailboxes)
    return admission.size


@dataclass(frozen=True, slots=True)
class _Batch:
    context: Context
    connection: Connection
    now: datetime

    def process(self, lanes: Mapping[bytes, Lane]) -> None:
        mailboxes = list(lanes)
        blocked = store.find_blocked(self.connection, mailboxes)
        store.end_accepted(self.connection, blocked, "blocked")
        store.end_repeated(self.connection, mailboxes)
        emails = store.list_uses(self.connection, mailboxes, EMAIL, self.now - LONGEST)
        waits = {mailbox: self._find_wait(emails.get(mailbox, ())) for mailbox in mailboxes}
        postponed = {mailbox: until for mailbox, until in waits.items() if until}
        store.postpone(self.connection, postponed)
        self._ask(self._choose(set(mailboxes) - postponed.keys()), lanes)
        rest = dict.fromkeys(mailboxes, self.now + PAUSE)
        store.postpone(self.connection, rest)

    def _choose(self, mailboxes: Collection[bytes]) -> Sequence[Sequence["_Question"]]:
        """Choose what each mailbox is asked in one e-mail: only what was sent with one address.

        An address without a tag comes first: strangers can invent any number of tags.
        """
        rows = store.list_newest_accepted(self.connection, mailboxes, MAX_ITEMS)
        by_mailbox: dict[bytes, list[_Question]] = defaultdict(list)
        for row in sorted(rows, key=_rank):
            if question := self._read(row):
                by_mailbox[row["mailbox"]].append(question)
        return [
            [question for question in found if question.address == found[0].address][:MAX_ITEMS]
            for found in by_mailbox.values()
        ]

    def _read(self, row: Row) -> "_Question | None":
        try:
            return _Question(self.context, row)
        except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
            self._set_aside(row, error)
            return None

    def _set_aside(self, row: Row, error: Exception) -> None:
        log_failure(f"submission {row['id']} is set aside:", error)
        store.set_aside(self.connection, [row["id"]], self.now + FAILURE_DELAY)

    def _find_wait(self, emails: Sequence[datetime]) -> datetime | None:
        next_time = find_next_time(EMAILS, [time for time in emails if time <= self.now])
        return next_time if next_time and next_time > self.now else None

    def _ask(self, groups: Sequence[Sequence["_Question"]], lanes: Mapping[bytes, Lane]) -> None:
        """Send the owner of each mailbox one e-mail about its submissions."""
        groups, emails = self._compose_all(groups)
        slow = [lanes[group[0].submitted.row["mailbox"]] == Lane.SLOW for group in groups]
        self._queue(compress(emails, map(not_, slow)), mail.Priority.CONFIRMATION)
        self._queue(compress(emails, slow), mail.Priority.SLOW_CONFIRMATION)
        changes = [question.to_row(self.now) for group in groups for question in group]
        store.change(self.connection, changes)
        mailboxes = [group[0].submitted.row["mailbox"] for group in groups]
        store.record_uses(self.connection, mailboxes, EMAIL, self.now)

    def _queue(self, emails: Iterable[Email], priority: mail.Priority) -> None:
        mail.queue_all(
            self.context,
            self.connection,
            kind="confirmation",
            emails=list(emails),
            priority=priority,
        )

    def _compose_all(
        self, groups: Sequence[Sequence["_Question"]]
    ) -> tuple[Sequence[Sequence["_Question"]], Sequence[Email]]:
        """Compose all e-mails; if that fails, do without the submissions that cause it."""
        try:
            with self.connection.begin_nested():
                return groups, self._compose(groups)
        except Exception:  # noqa: BLE001 it is logged for the row that causes it
            tried = [list(filter(self._try_to_compose, group)) for group in groups]
            composable = [group for group in tried if group]
            return composable, self._compose(composable)

    def _try_to_compose(self, question: "_Question") -> bool:
        try:
            with self.connection.begin_nested():
                self._compose([[question]])
        except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
            self._set_aside(question.submitted.row, error)
            return False
        return True

    def _compose(self, groups: Sequence[Sequence["_Question"]]) -> Sequence[Email]:
        """Compose each e-mail in the language of its first item."""
        languages = [choose_email_language(group[0].submitted.row["lang"]) for group in groups]
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
                to=group[0].submitted.details["email"],
                language=language,
                code_page=make_url(self.context, "/confirm", group[0].submitted.row),
                data_page=make_url(self.context, "/your-data", group[0].submitted.row),
            )
            for group, language in zip(groups, languages, strict=True)
        ]

    def _list_items(
        self, submissions: Sequence[tuple[Submitted, Language]]
    ) -> Mapping[int, EmailItem]:
        items: dict[int, EmailItem] = {}
        for name, kind in EMAILED_KINDS.items():
            own = [pair for pair in submissions if pair[0].row["kind"] == name]
            found = kind.list_email_items(self.context, self.connection, own) if own else ()
            items |= {s.row["id"]: item for (s, _), item in zip(own, found, strict=True)}
        return items


def _rank(row: Row) -> tuple[bool, int]:
    return row["tagged"] is not None, RANKS.get(row["kind"], len(RANKS))


class _Question:
    """A submission with its new link and code."""

    def __init__(self, context: Context, row: Row) -> None:
        self._context = context
        self.submitted = Submitted(row, context.vault.decrypt(row["details"]))
        self.token, self.code = new_token(), new_code()
        self.item: EmailItem | None = None

    @property
    def address(self) -> str:
        address: str = self.submitted.details["email"]
        return address.lower() if address.isascii() else address

    def to_item(self, items: Mapping[int, EmailItem]) -> ConfirmationItem:
        row = self.submitted.row
        self.item = item = items[row["id"]]
        path = item.page.path if item.page else "/confirm"
        return ConfirmationItem(
            item, make_url(self._context, f"{path}/{self.token}", row), self.code
        )

    def to_row(self, now: datetime) -> Mapping[str, object]:
        """Return what is stored; of what has taken effect already, nothing that was entered."""
        row, page = self.submitted.row, self.item and self.item.page
        is_open = bool(self.item and (self.item.is_confirmable or page))
        details = self._context.vault.encrypt({**self.submitted.details, "token": self.token})
        code = None if page else fingerprint_code(self._context, row["mailbox"], self.code)
        return {
            "id": row["id"],
            "state": "asked" if is_open else "known",
            "token": compute_digest(self.token),
            "code": code,
            "details": details if is_open else None,
            "expires_at": now + (page.lifetime if page else LIFETIME),
        }


def make_url(context: Context, path: str, row: Row) -> str:
    query = f"?lang={row['lang']}" if row["lang"] else ""
    return f"{context.settings.site_url.rstrip('/')}{path}{query}"
