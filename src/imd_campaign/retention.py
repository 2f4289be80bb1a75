"""Delete expired data."""

from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.events import store as events
from imd_campaign.idempotency import store as idempotency
from imd_campaign.mail import store as mail
from imd_campaign.petitions import store as petitions
from imd_campaign.posters import store as posters

EMAIL_RETENTION = timedelta(days=30)
UNCONFIRMED_RETENTION = timedelta(days=30)
GUEST_RETENTION = timedelta(days=30)
RESERVATION_RETENTION = timedelta(days=1)


def purge_expired(context: Context) -> None:
    now = context.now()
    with context.database.write() as connection:
        idempotency.delete_expired(connection, now)
        mail.delete_expired(connection, now - EMAIL_RETENTION)
        petitions.delete_unconfirmed(connection, now - UNCONFIRMED_RETENTION)
        events.delete_past_guests(connection, (now - GUEST_RETENTION).date())
        posters.delete_expired_reservations(connection, now - RESERVATION_RETENTION)
