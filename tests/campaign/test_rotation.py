"""The encryption secret can be replaced: nothing is lost, and the old one opens nothing new."""

import pytest
from pydantic import SecretStr
from sqlalchemy import LargeBinary, insert, select

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Database
from imd_campaign.errors import SecretsMismatch
from imd_campaign.idempotency.service import PURPOSE
from imd_campaign.leases.service import Lease
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.tables import outbox
from imd_campaign.secret_check import rotation, store
from imd_campaign.startup import open_database, open_vault
from imd_campaign.tables import metadata
from imd_campaign.worker import LEASE

NEW = SecretStr("a new secret for encryption, in tests")
OTHER = SecretStr("another secret, which nobody expects")

# Bytes that are no ciphertext: fingerprints, digests of tokens, and the index of events.
NOT_ENCRYPTED = {
    "api_keys.digest",
    "attendances.fingerprint",
    "attendances.token",
    "blocked_mailboxes.mailbox",
    "bounced_addresses.address",
    "calendar_entries.digest",
    "calendar_entries.identity",
    "calendars.url_fingerprint",
    "event_columns.cells",
    "event_columns.positions",
    "event_columns.recencies",
    "event_columns.x",
    "event_columns.y",
    "event_columns.z",
    "event_terms.bits",
    "events.host_mailbox",
    "events.host_token",
    "idempotent_requests.key",
    "idempotent_requests.request",
    "mailbox_uses.mailbox",
    "network_uses.network",
    "orders.mailbox",
    "outbox.address",
    "outbox.mailbox",
    "partner_links.digest",
    "secret_checks.encryption",
    "secret_checks.previous_encryption",
    "secret_checks.secret",
    "signatures.fingerprint",
    "spent_proofs.digest",
    "staff_accounts.mailbox",
    "staff_invitations.digest",
    "staff_login_failures.origin",
    "staff_recovery_codes.digest",
    "staff_sessions.digest",
    "submissions.code",
    "submissions.idempotency_key",
    "submissions.mailbox",
    "submissions.network",
    "submissions.request",
    "submissions.tagged",
    "submissions.token",
}


@pytest.fixture
def rotated(settings):
    """The settings after a rotation, which still name the previous secret."""
    update = {"encryption_secret": NEW, "previous_encryption_secret": settings.secret}
    return settings.model_copy(update=update)


@pytest.fixture
def finished(rotated):
    return rotated.model_copy(update={"previous_encryption_secret": None})


@pytest.fixture
def use(clock):
    """Open the database with other settings."""
    opened = []

    def open_with(settings):
        database = open_database(settings)
        opened.append(database)
        database.ping()
        return Context(settings, database, open_vault(settings), clock)

    yield open_with
    for database in opened:
        database.engine.dispose()


def queue_email(context):
    email = Email("sample.person@example.org", "en", "Subject", "Text")
    with context.database.write() as connection:
        mail.queue(context, connection, kind="signature", email=email)


def read_message(context):
    with context.database.read() as connection:
        return context.vault.decrypt(connection.scalar(select(outbox.c.message)))


def reencrypt(context):
    return rotation.reencrypt(context, lambda _: None, actor="shell:sample")


@pytest.mark.both_databases
def test_earlier_data_is_read_after_a_rotation(context, use, rotated):
    queue_email(context)
    assert read_message(use(rotated))["subject"] == "Subject"


@pytest.mark.both_databases
def test_reencrypted_data_needs_no_earlier_secret(context, use, rotated, finished):
    queue_email(context)
    assert reencrypt(use(rotated)).changed == 1
    assert read_message(use(finished))["subject"] == "Subject"


def test_earlier_secret_decrypts_nothing_after_reencryption(context, use, rotated):
    queue_email(context)
    reencrypt(use(rotated))
    with Database(context.database.engine).read() as connection:
        message = connection.scalar(select(outbox.c.message))
    assert not context.vault.can_decrypt(message)


def test_earlier_secret_is_refused_after_a_rotation(context, use, settings, rotated):
    use(rotated)
    with pytest.raises(SecretsMismatch, match="IMD_CAMPAIGN_ENCRYPTION_SECRET is not"):
        use(settings)


def test_rotation_without_the_previous_secret_is_refused(context, use, settings, finished):
    use(settings)
    with pytest.raises(SecretsMismatch, match="IMD_CAMPAIGN_ENCRYPTION_SECRET is not"):
        use(finished)


def test_previous_secret_is_needed_until_everything_is_reencrypted(
    context, use, settings, rotated, finished
):
    use(settings)
    use(rotated)
    with pytest.raises(SecretsMismatch, match="imd campaign secrets reencrypt"):
        use(finished)


def test_second_rotation_waits_for_the_first(context, use, settings, rotated):
    use(settings)
    again = rotated.model_copy(
        update={"encryption_secret": OTHER, "previous_encryption_secret": NEW}
    )
    with pytest.raises(rotation.RotationRefused, match="not finished"):
        rotation.check_can_rotate(use(rotated))
    with pytest.raises(SecretsMismatch):
        use(again)


def test_running_server_prevents_a_rotation(context, use, settings):
    Lease(context.database, LEASE).acquire()
    with pytest.raises(rotation.RotationRefused, match="Stop all servers"):
        rotation.check_can_rotate(context)


@pytest.mark.both_databases
def test_interrupted_reencryption_goes_on(context, use, rotated, finished, monkeypatch):
    for _ in range(5):
        queue_email(context)
    monkeypatch.setattr(rotation, "BATCH_SIZE", 2)
    working = use(rotated)
    with pytest.raises(KeyboardInterrupt):
        rotation.reencrypt(working, interrupt_after(2), actor="shell:sample")
    assert reencrypt(working).changed == 3
    with use(finished).database.read() as connection:
        messages = connection.scalars(select(outbox.c.message)).all()
    assert all(map(open_vault(finished).can_decrypt, messages))


def interrupt_after(number):
    def report(read):
        if read >= number:
            raise KeyboardInterrupt

    return report


def test_value_that_changes_meanwhile_is_not_overwritten(context, use, rotated):
    queue_email(context)
    [column] = [each for each in store.ENCRYPTED_COLUMNS if each.column is outbox.c.message]
    with use(rotated).database.write() as connection:
        [(key, _)] = store.read_batch(connection, column, None, 10)
        store.replace_value(connection, column, key, b"old", b"new")
        assert connection.scalar(select(outbox.c.message)) != b"new"


def test_damaged_value_stops_nothing(context, use, rotated, finished):
    queue_email(context)
    queue_email(context)
    with context.database.write() as connection:
        first = connection.scalars(select(outbox.c.id).order_by(outbox.c.id)).first()
        connection.execute(outbox.update().where(outbox.c.id == first).values(message=b"?" * 60))
    result = reencrypt(use(rotated))
    assert (result.read, result.changed, result.damaged) == (2, 1, 1)
    use(finished)


def test_stored_responses_are_replayed_after_reencryption(context, use, rotated, finished):
    body = context.vault.encrypt_bound(b"{}", PURPOSE)
    [table] = [t for t in metadata.sorted_tables if t.name == "idempotent_requests"]
    now = context.now()
    row = {"key": b"k", "request": b"r", "lease": "l", "leased_until": now, "expires_at": now}
    with context.database.write() as connection:
        connection.execute(insert(table).values(**row, body=body))
    reencrypt(use(rotated))
    ready = use(finished)
    with ready.database.read() as connection:
        assert ready.vault.decrypt_bound(connection.scalar(select(table.c.body)), PURPOSE) == b"{}"


def test_mailboxes_are_recognised_after_a_rotation(settings, finished):
    before, after = open_vault(settings), open_vault(finished)
    assert before.fingerprint("mailbox", "a@b.example") == after.fingerprint(
        "mailbox", "a@b.example"
    )


def test_rotation_is_in_the_audit_trail(context, use, settings, rotated):
    use(settings)
    working = use(rotated)
    rotation.record_rotation(working, actor="shell:sample")
    reencrypt(working)
    with working.database.read() as connection:
        entries = audit.list_entries(connection, "campaign")
    assert [(e.actor, e.action) for e in entries] == [
        ("shell:sample", "rotate_secret"),
        ("shell:sample", "reencrypt"),
    ]
    assert NEW.get_secret_value() not in str(entries)


def test_every_column_of_bytes_is_known_to_be_encrypted_or_not():
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    encrypted = {f"{each.column.table.name}.{each.column.name}" for each in store.ENCRYPTED_COLUMNS}
    assert columns - encrypted == NOT_ENCRYPTED
    assert encrypted <= columns


def test_purpose_of_stored_responses_is_the_same_in_both_modules():
    assert store.STORED_RESPONSE == PURPOSE
