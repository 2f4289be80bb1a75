"""A database only accepts the secrets it was created with."""

import pytest
from sqlalchemy import Engine, delete, inspect, select, text

from imd_campaign.app import create_app
from imd_campaign.audit import service as audit
from imd_campaign.crypto import new_key_pair
from imd_campaign.db import Database, migrate, open_engine
from imd_campaign.errors import SecretsMismatch
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email
from imd_campaign.sealing import list_fingerprints, parse_public_keys
from imd_campaign.secret_check import service
from imd_campaign.secret_check.tables import secret_checks
from imd_campaign.settings import Settings
from imd_campaign.startup import make_check, open_database, open_vault

EMAIL = Email("sample.person@example.org", "en", "Subject", "Text")
OLD_EMAIL = (
    "INSERT INTO outbox (id, kind, state, letter, attempts, created_at, due_at) "
    "VALUES ('ltr_1', 'test', 'queued', :letter, 0, :at, :at)"
)


@pytest.fixture
def other_secret(settings: Settings) -> Settings:
    return settings.model_copy(update={"secret": type(settings.secret)("another secret" * 3)})


@pytest.fixture
def other_key(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_key": new_key_pair()[0]})


def use(settings: Settings) -> None:
    database = open_database(settings)
    try:
        database.ping()
    finally:
        database.engine.dispose()


def queue_email(context) -> None:
    with context.database.write() as connection:
        mail.queue(context, connection, kind="signature", email=EMAIL)


def delete_secret_checks(context) -> None:
    """Delete what versions without secret checks did not store."""
    with context.database.write() as connection:
        connection.execute(delete(secret_checks))


def accept_public_keys(settings: Settings, context) -> None:
    with Database(context.database.engine).write() as connection:
        vault = open_vault(settings)
        service.accept_public_keys(connection, vault, actor="shell:sample", now=context.now())


@pytest.mark.both_databases
def test_the_same_secrets_open_the_database_again(settings):
    use(settings)
    use(settings)


def test_different_secret_is_rejected(settings, other_secret):
    use(settings)
    with pytest.raises(SecretsMismatch, match="IMD_CAMPAIGN_SECRET"):
        use(other_secret)


def test_different_public_key_is_rejected(settings, other_key):
    use(settings)
    with pytest.raises(SecretsMismatch, match="IMD_CAMPAIGN_PUBLIC_KEY"):
        use(other_key)


@pytest.mark.anyio
async def test_application_does_not_start_with_a_different_secret(settings, other_secret):
    use(settings)
    app = create_app(other_secret)
    with pytest.raises(SecretsMismatch):
        async with app.router.lifespan_context(app):
            pass


@pytest.mark.both_databases
def test_older_database_accepts_the_secret_that_decrypts_its_emails(context, settings):
    queue_email(context)
    delete_secret_checks(context)
    use(settings)


@pytest.mark.both_databases
def test_older_database_rejects_a_secret_that_cannot_decrypt_its_emails(context, other_secret):
    queue_email(context)
    delete_secret_checks(context)
    with pytest.raises(SecretsMismatch, match="IMD_CAMPAIGN_SECRET"):
        use(other_secret)


def test_rejected_migration_changes_nothing(context, other_secret, empty_url):
    engine = open_engine(empty_url)
    migrate(engine, revision="0005")
    row = {"letter": context.vault.encrypt({"to": "sample@example.org"}), "at": "2026-11-23"}
    with engine.begin() as connection:
        connection.execute(text(OLD_EMAIL), row)
    with pytest.raises(SecretsMismatch):
        migrate(engine, make_check(other_secret))
    tables = inspect(engine).get_table_names()
    engine.dispose()
    assert secret_checks.name not in tables


@pytest.mark.both_databases
def test_public_key_changes_only_on_request(context, other_key):
    use(context.settings)
    accept_public_keys(other_key, context)
    use(other_key)
    with pytest.raises(SecretsMismatch):
        use(context.settings)


@pytest.mark.both_databases
def test_public_key_change_is_in_the_audit_trail(context, other_key):
    use(context.settings)
    accept_public_keys(other_key, context)
    with Database(context.database.engine).read() as connection:
        [entry] = audit.list_entries(connection, "campaign")
    assert entry.details == {
        "added": list_fingerprints(parse_public_keys(other_key.public_key)),
        "removed": list_fingerprints(parse_public_keys(context.settings.public_key)),
    }


@pytest.fixture
def one_more_key(settings: Settings) -> Settings:
    keys = f"{settings.public_key},{new_key_pair()[0]}"
    return settings.model_copy(update={"public_key": keys})


def test_an_additional_public_key_is_rejected_until_it_is_accepted(context, one_more_key):
    use(context.settings)
    with pytest.raises(SecretsMismatch, match="--accept-public-key"):
        use(one_more_key)
    accept_public_keys(one_more_key, context)
    use(one_more_key)


def test_order_of_public_keys_does_not_matter(one_more_key):
    use(one_more_key)
    reversed_keys = ", ".join(reversed(one_more_key.public_key.split(",")))
    use(one_more_key.model_copy(update={"public_key": reversed_keys}))


def test_a_removed_public_key_is_in_the_audit_trail(context, one_more_key):
    use(one_more_key)
    accept_public_keys(context.settings, context)
    with Database(context.database.engine).read() as connection:
        [entry] = audit.list_entries(connection, "campaign")
    removed = one_more_key.public_key.rpartition(",")[2]
    assert entry.details == {"added": [], "removed": list_fingerprints(parse_public_keys(removed))}


def test_accepting_the_same_public_keys_changes_nothing(context):
    use(context.settings)
    accept_public_keys(context.settings, context)
    with Database(context.database.engine).read() as connection:
        assert audit.list_entries(connection, "campaign") == []


def test_different_secret_cannot_change_the_public_key(context, other_secret):
    use(context.settings)
    with pytest.raises(SecretsMismatch):
        accept_public_keys(other_secret, context)


@pytest.mark.anyio
async def test_database_is_checked_after_an_outage_at_startup(settings, tmp_path):
    """The server starts without its database, which has different secrets."""
    path = tmp_path / "away" / "campaign.sqlite3"
    unreachable = settings.model_copy(update={"database_url": f"sqlite:///{path}"})
    app = create_app(unreachable)
    async with app.router.lifespan_context(app):
        engine = open_engine(unreachable.database_url)
        other = unreachable.model_copy(update={"public_key": new_key_pair()[0]})
        migrate(engine, make_check(other))
        engine.dispose()
        with pytest.raises(SecretsMismatch):
            app.state.context.database.ping()


def test_secret_check_does_not_store_the_secret(engine: Engine, settings):
    use(settings)
    with engine.connect() as connection:
        row = connection.execute(select(secret_checks)).one()
    assert settings.secret.get_secret_value() not in repr(row)
