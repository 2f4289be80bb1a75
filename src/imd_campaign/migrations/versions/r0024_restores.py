"""When the database was restored from a backup; calendars that are followed, and their events."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0024"
down_revision = "0022"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("backup_made_at", Instant(), nullable=False),
        sa.Column("restored_at", Instant(), nullable=False),
        sa.Column("resumed_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("locked_url", sa.LargeBinary(), nullable=False),
        sa.Column("url_fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("locality", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Float(precision=53), nullable=False),
        sa.Column("longitude", sa.Float(precision=53), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("checked_at", Instant()),
        sa.Column("read_at", Instant()),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("problem", sa.String(length=200)),
        sa.Column("etag", sa.String(length=200)),
        sa.Column("last_modified", sa.String(length=100)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("url_fingerprint", name=op.f("uq_calendars_url_fingerprint")),
    )
    op.create_index(op.f("ix_calendars_due_at"), "calendars", ["due_at"])
    op.create_table(
        "calendar_entries",
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.String(length=40)),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar"],
            ["calendars.id"],
            name=op.f("fk_calendar_entries_calendar_calendars"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_calendar_entries")),
    )
    op.create_index(op.f("ix_calendar_entries_starts_at"), "calendar_entries", ["starts_at"])
    op.create_index(op.f("ix_calendar_entries_event"), "calendar_entries", ["event"])
    op.create_index(op.f("ix_calendar_entries_calendar"), "calendar_entries", ["calendar"])
