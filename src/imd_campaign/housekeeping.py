"""What has served its time goes."""

from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.events import store as events
from imd_campaign.idempotency import store as idempotency
from imd_campaign.mail import store as mail
from imd_campaign.petitions import store as petitions
from imd_campaign.posters import store as posters

LETTERS_KEPT = timedelta(days=30)
UNCONFIRMED_KEPT = timedelta(days=30)
GUESTS_KEPT = timedelta(days=30)
LAPSED_KEPT = timedelta(days=1)


def tidy(context: Context) -> None:
    now = context.now()
    with context.database.write() as connection:
        idempotency.forget(connection, now)
        mail.forget(connection, now - LETTERS_KEPT)
        petitions.forget_unconfirmed(connection, now - UNCONFIRMED_KEPT)
        events.forget_people(connection, (now - GUESTS_KEPT).date())
        posters.forget_lapsed(connection, now - LAPSED_KEPT)
