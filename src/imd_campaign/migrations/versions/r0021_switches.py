"""Switches that staff turn on and off; several public keys; an audit trail without words.

The audit trail stays append-only. Once the campaign is closed, its reasons and the names of staff
can be deleted, and nothing else of it.
"""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0021"
down_revision = "0020"

IS_CLOSED = "EXISTS (SELECT 1 FROM switches WHERE name = 'read_only' AND value = 'closed')"
LOSES_WORDS = "NEW.reason = '' AND NEW.actor IN (OLD.actor, 'staff')"
KEPT = ("id", "at", "action", "subject")
MESSAGE = "the audit trail is append-only"


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    with op.batch_alter_table("secret_checks") as batch:
        batch.alter_column(
            "public_key",
            type_=sa.Text(),
            existing_type=sa.String(length=44),
            existing_nullable=False,
        )
    if op.get_bind().dialect.name == "sqlite":
        _let_words_be_deleted_on_sqlite()
    else:
        _let_words_be_deleted_on_postgresql()


def _let_words_be_deleted_on_sqlite() -> None:
    same = " AND ".join(f"NEW.{name} = OLD.{name}" for name in (*KEPT, "details"))
    op.execute("DROP TRIGGER audit_no_update")
    op.execute(
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
        f"WHEN NOT ({IS_CLOSED} AND {LOSES_WORDS} AND {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def _let_words_be_deleted_on_postgresql() -> None:
    same = " AND ".join(f"NEW.{name} = OLD.{name}" for name in (*KEPT, "details::text"))
    op.execute(
        "CREATE FUNCTION audit_may_lose_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {IS_CLOSED} AND {LOSES_WORDS} AND {same} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    op.execute("DROP TRIGGER audit_append_only ON audit")
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER audit_words BEFORE UPDATE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_may_lose_words()"
    )
