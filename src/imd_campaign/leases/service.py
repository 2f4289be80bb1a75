"""A lease of work that one server does for all servers of a campaign."""

import os
import time
from datetime import timedelta
from socket import gethostname

from imd_campaign.crypto import new_token
from imd_campaign.db import Connection, Database
from imd_campaign.leases import store

SECONDS = 5.0
"""After a holder was killed, another takes its lease within this time and one attempt."""

ATTEMPT_SECONDS = 1.0
MAX_HOST_LENGTH = 60


class Lease:
    """A name in the database that at most one holder has at a time.

    A holder that was suspended may still believe for a moment that it has the lease. So what is
    done under a lease must be harmless when two do it at the same time.
    """

    def __init__(self, database: Database, name: str, seconds: float = SECONDS) -> None:
        self._database = database
        self._name = name
        self._holder = f"{gethostname()[:MAX_HOST_LENGTH]} {os.getpid()} {new_token()}"
        self._seconds = seconds
        self._held_until = 0.0

    @property
    def is_held(self) -> bool:
        return time.monotonic() < self._held_until

    @property
    def age(self) -> float | None:
        """The seconds since it was renewed, if this holder has it."""
        remaining = self._held_until - time.monotonic()
        return self._seconds - remaining if remaining > 0 else None

    def acquire(self) -> bool:
        """Take or renew the lease; return whether it is newly taken."""
        was_held, asked_at = self.is_held, time.monotonic()
        if not was_held and self._is_held_by_others():
            return False
        with self._database.write() as connection:
            duration = timedelta(seconds=self._seconds)
            is_ours = store.acquire(connection, self._name, self._holder, duration)
        self._held_until = asked_at + self._seconds if is_ours else 0.0
        return is_ours and not was_held

    def _is_held_by_others(self) -> bool:
        """Look before writing: waiting servers must not keep writers waiting."""
        with self._database.read() as connection:
            return store.is_held_by_others(connection, self._name, self._holder)

    def release(self) -> None:
        """Let another server take over at once."""
        if not self.is_held:
            return
        self._held_until = 0.0
        with self._database.write() as connection:
            store.release(connection, self._name, self._holder)


def is_held(connection: Connection, name: str) -> bool:
    """Return whether any server has a lease."""
    return store.is_held(connection, name)
