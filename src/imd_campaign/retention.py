"""Delete expired data."""

from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.events import store as events
from imd_campaign.idempotency import store as idempotency
from imd_campaign.mail import store as mail
from imd_campaign.submissions import store as submissions
from imd_campaign.submissions.windows import LONGEST
from imd_campaign.suppressions import store as suppressions
from imd_campaign.suppressions.service import MEMORY

EMAIL_RETENTION = timedelta(days=30)
SUBMISSION_RETENTION = timedelta(days=30)
GUEST_RETENTION = timedelta(days=30)


def purge_expired(context: Context) -> None:
    now = context.now()
    with context.database.write() as connection:
        idempotency.delete_expired(connection, now)
        mail.delete_expired(connection, now - EMAIL_RETENTION)
        submissions.delete_expired(connection, now - SUBMISSION_RETENTION)
        submissions.delete_old_uses(connection, now - LONGEST)
        suppressions.delete_expired(connection, now - MEMORY)
        events.delete_past_guests(connection, (now - GUEST_RETENTION).date())
