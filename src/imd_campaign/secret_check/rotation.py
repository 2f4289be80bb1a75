"""Replace the encryption secret, and encrypt again what the previous one has encrypted."""

from collections.abc import Callable
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.leases import service as leases
from imd_campaign.secret_check import store
from imd_campaign.secret_check.service import is_rotating
from imd_campaign.secret_check.store import EncryptedColumn
from imd_campaign.worker import LEASE

BATCH_SIZE = 500
SUBJECT = "campaign"
Report = Callable[[int], None]


SERVER_RUNNING = (
    "a server of this campaign is running, and would go on encrypting with the present secret. "
    "Stop all servers, wait ten seconds and try again."
)
UNFINISHED = (
    "the last rotation is not finished: some data is still encrypted with the secret before. "
    "Run: imd campaign secrets reencrypt"
)


class RotationRefused(Exception):  # noqa: N818 as in errors
    """The message says what to do first."""


@dataclass(slots=True)
class Result:
    read: int = 0
    changed: int = 0
    damaged: int = 0
    """Values that neither secret can decrypt."""


def check_can_rotate(context: Context) -> None:
    with context.database.read() as connection:
        if is_rotating(connection):
            raise RotationRefused(UNFINISHED)
        if leases.is_held(connection, LEASE):
            raise RotationRefused(SERVER_RUNNING)


def record_rotation(context: Context, *, actor: str) -> None:
    """Use the new secret from now on: the check of the database has accepted it."""
    with context.database.write() as connection:
        _record(context, connection, "rotate_secret", actor)


def reencrypt(context: Context, report: Report, *, actor: str) -> Result:
    """Encrypt everything with the present secret; it may be interrupted and run again."""
    work = _Work(context, report)
    for encrypted in store.ENCRYPTED_COLUMNS:
        work.reencrypt_column(encrypted)
    with context.database.write() as connection:
        if is_rotating(connection):
            store.change_encryption(connection, context.vault.encryption_check, previous=None)
            _record(context, connection, "reencrypt", actor)
    return work.result


@dataclass(frozen=True, slots=True)
class _Work:
    context: Context
    report: Report
    result: Result = field(default_factory=Result)

    def reencrypt_column(self, encrypted: EncryptedColumn) -> None:
        after: object = None
        while True:
            with self.context.database.write() as connection:
                rows = store.read_batch(connection, encrypted, after, BATCH_SIZE)
                for key, value in rows:
                    if new := self._reencrypt(value, encrypted.bound_to):
                        store.replace_value(connection, encrypted, key, value, new)
            self.report(self.result.read)
            if len(rows) < BATCH_SIZE:
                return
            after = rows[-1][0]

    def _reencrypt(self, value: bytes, bound_to: str | None) -> bytes | None:
        self.result.read += 1
        try:
            new = self.context.vault.reencrypt(value, bound_to)
        except (CryptoError, ValueError):
            self.result.damaged += 1
            return None
        self.result.changed += new is not None
        return new


def _record(context: Context, connection: Connection, action: str, actor: str) -> None:
    audit.record(
        connection,
        now=context.now(),
        actor=actor,
        action=action,
        subject=SUBJECT,
        reason="requested on the command line",
    )
