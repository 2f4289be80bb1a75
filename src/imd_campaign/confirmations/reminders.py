"""One reminder of a signature that waits for its owner, in campaigns that send reminders.

It has the link that was sent before. Nobody is reminded twice, and nobody who wants no e-mail.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from imd_campaign.confirmations.processing import EMAIL, LIFETIME, make_url
from imd_campaign.context import Context
from imd_campaign.db import Connection, Row, try_to_lock_transaction
from imd_campaign.failures import log_failure
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email, choose_email_language, compose_email
from imd_campaign.petitions.signatures import KIND, SignatureKind, list_open_targets
from imd_campaign.submissions import store
from imd_campaign.submissions.kinds import Submitted
from imd_campaign.submissions.locks import PROCESSING_LOCK
from imd_campaign.submissions.windows import EMAILS, LONGEST, find_next_time
from imd_campaign.switches import service as switches

BATCH_SIZE = 200
STOPPED_BY = (switches.STOP_EMAIL, switches.READ_ONLY)
# After an outage, nobody is reminded of a link that is about to expire.
MIN_DAYS_LEFT = timedelta(days=2)
# A day that ends everywhere before a link expires begins at least this much earlier.
LAST_DAY_MARGIN = timedelta(days=1, hours=12)


def send_due(context: Context) -> None:
    """Send what is due in short transactions."""
    if context.settings.reminder_days is None:
        return
    after, is_found = 0, True
    while is_found:
        with context.database.write() as connection:
            last = _send_batch(context, connection, after)
        is_found = last is not None
        after = last or 0
    context.wake_worker()


def _send_batch(context: Context, connection: Connection, after: int) -> int | None:
    """Handle one batch; return the highest ID that it had, or None if there was nothing."""
    if not try_to_lock_transaction(connection, PROCESSING_LOCK):
        return None
    if any(switches.is_on(connection, name) for name in STOPPED_BY):
        return None
    rows = store.list_unreminded(connection, KIND, _find_span(context), after, BATCH_SIZE)
    if not rows:
        return None
    emails = [
        (row, _compose(context, connection, row)) for row in _choose(context, connection, rows)
    ]
    _queue(context, connection, [(row, email) for row, email in emails if email])
    return int(rows[-1]["id"])


def _find_span(context: Context) -> tuple[datetime, datetime]:
    """Return between which times the links expire of which people are reminded."""
    now, days = context.now(), timedelta(days=context.settings.reminder_days or 0)
    return now + MIN_DAYS_LEFT, now + LIFETIME - days


def _choose(context: Context, connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
    """Leave out petitions that are closed, and mailboxes that are blocked or over their limits."""
    now, mailboxes = context.now(), [row["mailbox"] for row in rows]
    targets = list_open_targets(connection, now)
    blocked = store.find_blocked(connection, mailboxes)
    uses = store.list_uses(connection, mailboxes, EMAIL, now - LONGEST)
    return [
        row
        for row in rows
        if row["target"] in targets
        and row["mailbox"] not in blocked
        and not _has_to_wait(uses.get(row["mailbox"], ()), now)
    ]


def _has_to_wait(used_at: Sequence[datetime], now: datetime) -> bool:
    next_time = find_next_time(EMAILS, used_at)
    return next_time is not None and next_time > now


def _compose(context: Context, connection: Connection, row: Row) -> Email | None:
    """Compose a reminder; None if the signature has been confirmed by another link."""
    try:
        with connection.begin_nested():
            return _try_to_compose(context, connection, row)
    except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
        log_failure(f"submission {row['id']} gets no reminder:", error)
        return None


def _try_to_compose(context: Context, connection: Connection, row: Row) -> Email | None:
    language = choose_email_language(row["lang"])
    submitted = Submitted(row, context.vault.decrypt(row["details"]))
    [item] = SignatureKind().list_email_items(context, connection, [(submitted, language)])
    if not item.is_confirmable:
        return None
    path = f"/confirm/{submitted.details['token']}"
    email = compose_email(
        "petitions",
        "reminder",
        to=submitted.details["email"],
        language=language,
        link=make_url(context, path, row),
        data_page=make_url(context, "/your-data", row),
        until=language.date(_find_last_day(row["expires_at"])),
        **item.values,
    )
    return email.with_unsubscribe(make_url(context, f"{path}/unsubscribe", row))


def _find_last_day(expires_at: datetime) -> date:
    return (expires_at - LAST_DAY_MARGIN).date()


def _queue(
    context: Context, connection: Connection, reminders: Sequence[tuple[Row, Email]]
) -> None:
    now = context.now()
    emails = [email for _, email in reminders]
    mail.queue_all(context, connection, kind="reminder", emails=emails)
    changes: list[dict[str, Any]] = [{"id": row["id"], "reminded_at": now} for row, _ in reminders]
    store.change(connection, changes)
    store.record_uses(connection, [row["mailbox"] for row, _ in reminders], EMAIL, now)
