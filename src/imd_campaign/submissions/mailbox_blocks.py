"""How staff allow e-mail to a mailbox again, when its owner asks them to."""

from dataclasses import dataclass

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.errors import NotFound
from imd_campaign.submissions import store
from imd_campaign.submissions.locks import lock_mailbox
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.suppressions import service as suppressions

AUDIT_SUBJECT = "mailbox"


@dataclass(frozen=True, slots=True)
class LiftedBlock:
    """Why a mailbox got no e-mail until now."""

    was_blocked: bool
    was_suppressed: bool


def unblock(context: Context, email: str, *, actor: str, reason: str) -> LiftedBlock:
    """Allow e-mail to a mailbox again; the audit trail does not say to which."""
    mailbox = fingerprint_mailbox(context, email)
    with context.database.write() as connection:
        lock_mailbox(connection, mailbox)
        lifted = LiftedBlock(
            was_blocked=store.unblock(connection, mailbox),
            was_suppressed=suppressions.remove(context, connection, email),
        )
        if lifted == LiftedBlock(was_blocked=False, was_suppressed=False):
            raise NotFound
        audit.record(
            connection,
            now=context.now(),
            actor=actor,
            action="unblock-mailbox",
            subject=AUDIT_SUBJECT,
            reason=reason,
            blocked=lifted.was_blocked,
            suppressed=lifted.was_suppressed,
        )
    return lifted
