"""Record which e-mails bounced, as mail servers or the campaign's relay report it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

from imd_campaign.bounces.delivery_reports import Failure, parse_report
from imd_campaign.bounces.schemas import BounceForm, BounceReceipt
from imd_campaign.context import Context
from imd_campaign.crypto import ID_ALPHABET, ID_LENGTH
from imd_campaign.db import Connection
from imd_campaign.errors import FieldError, InvalidBody
from imd_campaign.mail import store as outbox
from imd_campaign.mail.return_path import find_email_ids
from imd_campaign.suppressions import service as suppressions

MESSAGE_ID = re.compile(rf"\s*<?(ltr_[{ID_ALPHABET}]{{{ID_LENGTH}}})@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Numbers:
    suppressed: int
    bounced: int
    emails: Mapping[str, int]
    """By state, without those that were deleted."""


def record_message(context: Context, message: bytes) -> bool:
    """Record a delivery report; False if it is none, or reports no e-mail of this campaign."""
    report = parse_report(message)
    email_ids = find_email_ids(context.vault, report.sent_to) if report.failures else []
    if not email_ids:
        return False
    with context.database.write() as connection:
        return any(
            _record_failure(context, connection, email_ids[0], failure)
            for failure in report.failures
        )


def record_form(context: Context, form: BounceForm) -> BounceReceipt:
    email_id = _find_email_id(context, form)
    if email_id is None:
        return BounceReceipt(recorded=False)
    with context.database.write() as connection:
        return BounceReceipt(recorded=_record(context, connection, email_id, form.status))


def count(context: Context) -> Numbers:
    with context.database.read() as connection:
        return Numbers(
            suppressions.count_suppressed(connection, context.now()),
            outbox.count_bounced(connection),
            outbox.count_states(connection),
        )


def _record_failure(
    context: Context, connection: Connection, email_id: str, failure: Failure
) -> bool:
    """Ignore failures of other addresses: somebody may have forwarded the e-mail there."""
    address = outbox.get_address(connection, email_id)
    failed = suppressions.fingerprint_address(context, failure.recipient)
    is_same = address is not None and compare_digest(address, failed)
    return is_same and _record(context, connection, email_id, failure.status)


def _record(context: Context, connection: Connection, email_id: str, status: str) -> bool:
    now = context.now()
    address = outbox.mark_bounced(connection, email_id, now)
    if address is None:
        return False
    suppressions.record_bounce(connection, address, status, now)
    return True


def _find_email_id(context: Context, form: BounceForm) -> str | None:
    if form.return_path is not None:
        return next(iter(find_email_ids(context.vault, form.return_path)), None)
    if form.message_id is None:
        raise InvalidBody(FieldError("body", "message_id", "is required, or return_path is."))
    found = MESSAGE_ID.match(form.message_id)
    return found[1].lower() if found else None
