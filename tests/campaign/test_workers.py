"""Two workers on one database: they lose nothing and do nothing twice, also when one is killed."""

import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import pytest
from sqlalchemy import func, select, update

from imd_campaign import seed
from imd_campaign.context import Context, utc_now
from imd_campaign.errors import Unavailable
from imd_campaign.leases.service import ATTEMPT_SECONDS, SECONDS
from imd_campaign.leases.tables import leases
from imd_campaign.mail.tables import outbox
from imd_campaign.startup import open_database, open_vault
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.tables import submissions

SLOW_MACHINE_SECONDS = 30
TIMEOUT = 60
UNKNOWN_STATES = ("queued", "unknown")  # the second once the lease of a minute has run out
CONNECTIONS = 4  # to the mail server: one e-mail on each can be lost with a killed process
RECIPIENT = re.compile(rb"^To: (\S+)", re.MULTILINE)


class Campaign:
    """A server with two workers and a process for the background, its database and mail server."""

    def __init__(self, context: Context, mail_server, server) -> None:
        self.context, self.mail_server, self.server = context, mail_server, server
        self.accepted: list[str] = []

    def list_workers(self) -> set[int]:
        command = ["pgrep", "-P", str(self.server.process.pid)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        return {int(line) for line in listed.stdout.split()}

    def find_holder(self) -> int:
        """Return the process that does the background work."""
        with self.context.database.read() as connection:
            found = connection.execute(select(leases.c.holder)).scalar_one_or_none()
        return int(found.split()[1]) if found else 0

    @contextmanager
    def suspend(self, worker: int) -> Iterator[None]:
        """Suspend a worker while it is in no transaction, so that another has to accept."""
        os.kill(worker, signal.SIGSTOP)
        try:
            while not self._can_write():
                os.kill(worker, signal.SIGCONT)
                time.sleep(0.01)
                os.kill(worker, signal.SIGSTOP)
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def _can_write(self) -> bool:
        with suppress(Unavailable), self.context.database.write() as connection:
            connection.execute(update(leases).values(name=leases.c.name))
            return True
        return False

    def sign(self, client: httpx.Client | None = None) -> None:
        email = f"sample.{secrets.token_hex(8)}@example.org"
        form = {"name": "Sample Person", "email": email, "country": "KE"}
        url = f"{self.server.address}/v1/petitions/convention/signatures"
        response = (client or httpx).post(url, json=form, timeout=TIMEOUT)
        if response.status_code == httpx.codes.ACCEPTED:
            self.accepted.append(email)

    def sign_many(self, number: int) -> None:
        with ThreadPoolExecutor(5) as threads:
            list(threads.map(lambda _: self.sign(), range(number)))

    def sign_until_refused(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            with suppress(httpx.TransportError), httpx.Client() as client:
                for _ in range(5):
                    self.sign(client)

    def count_emails(self) -> Counter[str]:
        received = list(self.mail_server.received)
        return Counter(RECIPIENT.search(message)[1].decode() for message in received)

    def list_without_email(self) -> set[str]:
        return set(self.accepted) - self.count_emails().keys()

    def list_unknown(self) -> set[str]:
        """Return whose e-mail was being handed over, and no outcome is recorded."""
        is_unknown = outbox.c.handed_over_at.is_not(None) & outbox.c.state.in_(UNKNOWN_STATES)
        with self.context.database.read() as connection:
            unknown = set(connection.execute(select(outbox.c.mailbox).where(is_unknown)).scalars())
        return {one for one in self.accepted if fingerprint_mailbox(self.context, one) in unknown}

    def count_stored(self) -> Counter[int]:
        """Count how many accepted signatures are stored so many times."""
        query = select(submissions.c.mailbox, func.count()).group_by(submissions.c.mailbox)
        with self.context.database.read() as connection:
            stored = {row[0]: row[1] for row in connection.execute(query)}
        found = (fingerprint_mailbox(self.context, email) for email in self.accepted)
        return Counter(stored.get(mailbox, 0) for mailbox in found)


@pytest.fixture
def campaign(settings, mail_server, serving) -> Iterator[Campaign]:
    settings = settings.model_copy(update={"database_timeout": 0.3})
    host, port = mail_server.server_address
    database = open_database(settings)
    seed.load(database.engine, settings, utc_now())
    server = serving(
        "campaign", "serve", "--port", "0", "--workers", "2",
        IMD_CAMPAIGN_SECRET=settings.secret.get_secret_value(),
        IMD_CAMPAIGN_PUBLIC_KEY=settings.public_key,
        IMD_CAMPAIGN_DATABASE_URL=settings.database_url,
        IMD_CAMPAIGN_FILES_DIR=str(settings.files_dir),
        IMD_CAMPAIGN_MAIL=f"smtp://{host}:{port}",
    )  # fmt: skip
    context = Context(settings, database, open_vault(settings))
    yield Campaign(context, mail_server, server)
    database.engine.dispose()


@pytest.mark.both_databases
def test_two_workers_lose_nothing_and_do_nothing_twice(campaign: Campaign, eventually: Callable):
    holder = eventually(campaign.find_holder)
    for worker in campaign.list_workers():
        with campaign.suspend(worker):
            campaign.sign_many(10)
    killed_at = time.monotonic()
    os.kill(holder, signal.SIGKILL)
    campaign.sign_many(10)
    eventually(campaign.find_holder, until=lambda found: found not in {0, holder})
    assert time.monotonic() - killed_at < SECONDS + ATTEMPT_SECONDS + SLOW_MACHINE_SECONDS
    eventually(campaign.list_workers, until=lambda workers: len(workers) == 3)
    eventually(campaign.list_without_email, until=lambda left: left <= campaign.list_unknown())
    assert len(campaign.list_without_email()) <= CONNECTIONS
    assert set(campaign.count_emails().values()) == {1}

    stopping = threading.Event()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(8):
            threads.submit(campaign.sign_until_refused, stopping)
        time.sleep(1)
        campaign.server.process.terminate()
        output = campaign.server.process.communicate(timeout=TIMEOUT)[0]
        stopping.set()
    assert campaign.server.process.returncode == -signal.SIGTERM
    assert output == "a worker ended unexpectedly (signal 9); another one starts\n"
    assert len(campaign.accepted) > 30
    assert campaign.count_stored() == {1: len(campaign.accepted)}
    assert set(campaign.count_emails().values()) == {1}
