"""What has served its time goes."""

from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.idempotency import store as idempotency
from imd_campaign.mail import store as mail
from imd_campaign.petitions import store as petitions

LETTERS_KEPT = timedelta(days=30)
UNCONFIRMED_KEPT = timedelta(days=30)


def tidy(context: Context) -> None:
    now = context.now()
    with context.database.write() as connection:
        idempotency.forget(connection, now)
        mail.forget(connection, now - LETTERS_KEPT)
        petitions.forget_unconfirmed(connection, now - UNCONFIRMED_KEPT)
