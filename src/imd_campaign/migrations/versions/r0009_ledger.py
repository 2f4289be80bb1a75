"""The ledger of signatures, and the totals that it adds up to."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0009"
down_revision = "0008"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIXED = "id, petition_id, change, country, source, line, day"


def upgrade() -> None:
    op.drop_column("petitions", "claimed_at")
    op.add_column("petitions", sa.Column("published_on", sa.Date(), nullable=True))
    _create_ledger()
    _create_tallies_by_source()
    _create_public_counts()
    _fill_ledger()
    _fill_totals()
    _make_ledger_append_only()


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.Column("line", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("change IN (-1, 1)", name=op.f("ck_ledger_change")),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["petitions.id"], name=op.f("fk_ledger_petition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("petition_id", "number", name=op.f("uq_ledger_petition_id")),
    )
    op.create_index(
        "ix_ledger_unnumbered",
        "ledger",
        ["id"],
        sqlite_where=sa.text("number IS NULL"),
        postgresql_where=sa.text("number IS NULL"),
    )


def _create_tallies_by_source() -> None:
    op.create_table(
        "source_tallies",
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petitions.id"],
            name=op.f("fk_source_tallies_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("petition_id", "source", name=op.f("pk_source_tallies")),
    )


def _create_public_counts() -> None:
    op.create_table(
        "public_counts",
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("raise_after", sa.Integer(), nullable=False),
        sa.Column("lower_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petitions.id"],
            name=op.f("fk_public_counts_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("petition_id", "country", name=op.f("pk_public_counts")),
    )


def _fill_ledger() -> None:
    """Number the signatures there are in the order of their confirmation."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = "date(confirmed_at)" if is_sqlite else "(confirmed_at AT TIME ZONE 'UTC')::date"
    number = "row_number() OVER (PARTITION BY petition_id ORDER BY confirmed_at, id)"
    signed = f"petition_id, {number}, 1, country, source, 'confirmed', {day} FROM signatures"
    op.execute(
        "INSERT INTO ledger (petition_id, number, change, country, source, line, day) "
        f"SELECT {signed} ORDER BY confirmed_at, id"
    )


def _fill_totals() -> None:
    op.execute("DELETE FROM tallies")
    op.execute(
        "INSERT INTO tallies (petition_id, country, total) "
        "SELECT petition_id, country, count(*) FROM ledger GROUP BY petition_id, country"
    )
    op.execute(
        "INSERT INTO source_tallies (petition_id, source, total) "
        "SELECT petition_id, coalesce(source, ''), count(*) FROM ledger "
        "GROUP BY petition_id, coalesce(source, '')"
    )
    op.execute(
        "UPDATE petitions SET total = "
        "(SELECT count(*) FROM ledger WHERE ledger.petition_id = petitions.id)"
    )
    petitions = sa.table("petitions", sa.column("counted_at", Instant()))
    op.get_bind().execute(sa.update(petitions).values(counted_at=datetime.now(UTC)))


def _make_ledger_append_only() -> None:
    """Allow no change but that a row without a number gets one."""
    if op.get_bind().dialect.name == "sqlite":
        abort = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        numbered = "WHEN OLD.number IS NOT NULL OR NEW.number IS NULL"
        op.execute(f"CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger {abort}")
        op.execute(f"CREATE TRIGGER ledger_no_update BEFORE UPDATE OF {FIXED} ON ledger {abort}")
        op.execute(
            "CREATE TRIGGER ledger_no_renumbering BEFORE UPDATE OF number ON ledger "
            f"{numbered} {abort}"
        )
        return
    op.execute(
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    run = "EXECUTE FUNCTION ledger_is_append_only()"
    op.execute(
        f"CREATE TRIGGER ledger_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF {FIXED} "
        f"ON ledger FOR EACH STATEMENT {run}"
    )
    op.execute(
        "CREATE TRIGGER ledger_no_renumbering BEFORE UPDATE OF number ON ledger FOR EACH ROW "
        f"WHEN (OLD.number IS NOT NULL OR NEW.number IS NULL) {run}"
    )
