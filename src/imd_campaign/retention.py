"""Delete expired data."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from imd_campaign.calendars import store as calendars
from imd_campaign.context import Context
from imd_campaign.events import host_mailboxes
from imd_campaign.events import store as events
from imd_campaign.events.personal_data import RETENTION as GUEST_RETENTION
from imd_campaign.idempotency import store as idempotency
from imd_campaign.mail import store as mail
from imd_campaign.networks import store as networks
from imd_campaign.posters import store as posters
from imd_campaign.proofs import store as proofs
from imd_campaign.staff import store as staff
from imd_campaign.staff.login_limits import WINDOW as LOGIN_WINDOW
from imd_campaign.staff.sessions import IDLE
from imd_campaign.staff.sessions import LONGEST as LONGEST_SESSION
from imd_campaign.submissions import store as submissions
from imd_campaign.submissions.windows import LONGEST
from imd_campaign.suppressions import store as suppressions
from imd_campaign.suppressions.service import MEMORY
from imd_campaign.webhooks import store as webhooks

EMAIL_RETENTION = timedelta(days=30)
SUBMISSION_RETENTION = timedelta(days=30)
WEBHOOK_RETENTION = timedelta(days=30)
ENTRY_RETENTION = timedelta(days=1)
BUYER_ADDRESS_RETENTION = timedelta(days=30)
NETWORK_RETENTION = timedelta(hours=48)
STAFF_RETENTION = timedelta(days=365)
NETWORK_USE_RETENTION = timedelta(hours=1)
BATCH_SIZE = 1000

Purge = Callable[..., int]


def purge_expired(context: Context) -> None:
    """Delete in short transactions: signatures wait for each."""
    host_mailboxes.fill(context)
    for purge in _list_purges(context):
        while _run(context, purge) >= BATCH_SIZE:
            pass
    with context.database.write() as connection:
        submissions.retry_damaged(connection, context.now())


def _run(context: Context, purge: Purge) -> int:
    with context.database.write() as connection:
        return purge(connection, limit=BATCH_SIZE)


def _list_purges(context: Context) -> Iterator[Purge]:
    now = context.now()
    yield partial(idempotency.delete_expired, before=now)
    yield partial(mail.delete_expired, before=now - EMAIL_RETENTION)
    yield partial(submissions.delete_expired, before=now - SUBMISSION_RETENTION)
    yield partial(submissions.delete_old_uses, before=now - LONGEST)
    yield partial(suppressions.delete_expired, before=now - MEMORY)
    yield partial(submissions.forget_networks, before=now - NETWORK_RETENTION)
    yield partial(networks.delete_old_keys, before=now - NETWORK_RETENTION)
    yield partial(networks.delete_old_uses, before=now - NETWORK_USE_RETENTION)
    yield partial(proofs.delete_expired, before=now)
    yield partial(webhooks.delete_old_deliveries, before=now - WEBHOOK_RETENTION)
    yield partial(webhooks.delete_disabled, before=now - WEBHOOK_RETENTION)
    yield partial(webhooks.delete_revoked, before=now - WEBHOOK_RETENTION)
    yield partial(posters.forget_buyers, before=now - timedelta(days=context.settings.order_days))
    yield partial(calendars.delete_past, before=now - ENTRY_RETENTION)
    yield partial(posters.delete_old_addresses, before=now - BUYER_ADDRESS_RETENTION)
    yield partial(events.delete_past_guests, before=(now - GUEST_RETENTION).date())
    yield partial(
        staff.delete_expired_sessions,
        used_before=now - IDLE,
        created_before=now - LONGEST_SESSION,
    )
    yield partial(staff.delete_expired_invitations, before=now)
    yield partial(staff.delete_old_failures, before=now - LOGIN_WINDOW)
    yield partial(staff.erase_disabled, before=now - STAFF_RETENTION)
