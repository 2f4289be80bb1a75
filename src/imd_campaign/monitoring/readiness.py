"""Whether this server can do all its work, for the people who run it.

A stranger can ask too, so it is said which part has failed, and neither numbers nor names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.db import Connection, is_migrated
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.leases import service as leases
from imd_campaign.mail import store as mail
from imd_campaign.restores.service import is_held
from imd_campaign.switches import service as switches
from imd_campaign.worker import LEASE

MAX_EMAIL_AGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reason:
    part: str
    message: str


UNREACHABLE = Reason("database", "The database cannot be reached.")
NOT_MIGRATED = Reason(
    "database",
    "The tables do not fit this version of the server. Run: imd campaign migrate",
)
WRONG_SECRETS = Reason("secrets", "The secrets are not those of this database; see the log.")
NO_WORKER = Reason(
    "background-work",
    "No server does the background work: no form is processed, no signature is counted and no "
    "e-mail is sent.",
)
HELD = Reason(
    "restore",
    "The database was restored from a backup: no form is processed and no e-mail is sent. "
    "Run: imd campaign resume",
)
EMAILS_WAIT = Reason(
    "e-mail", "E-mails wait longer than they should; the log and the metrics say why."
)

EMAIL_STOPPED = Reason("e-mail", "Staff have stopped all e-mail with the switch stop_email.")


def find_reasons(context: Context) -> tuple[Reason, ...]:
    """Return why the server is not ready; nothing if it is."""
    try:
        with context.database.read_unchecked() as connection:
            if not is_migrated(connection):
                return (NOT_MIGRATED,)
        with context.database.read() as connection:
            return tuple(_find_waiting_work(context, connection))
    except SecretsMismatch:
        return (WRONG_SECRETS,)
    except Unavailable:
        return (UNREACHABLE,)


def _find_waiting_work(context: Context, connection: Connection) -> Iterator[Reason]:
    if not leases.is_held(connection, LEASE):
        yield NO_WORKER
    if is_held(connection):
        yield HELD
        return
    if switches.is_on(connection, switches.STOP_EMAIL):
        yield EMAIL_STOPPED
        return
    oldest = mail.measure_queue(connection).oldest_untried_at
    if oldest and context.now() - oldest > MAX_EMAIL_AGE:
        yield EMAILS_WAIT
