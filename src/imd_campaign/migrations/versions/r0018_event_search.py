"""The index of public events, which replaces the columns that searches read in full.

It is empty after this migration. `events.index.store.ensure_current` fills it from the events
before the database is used.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in ("spoken", "search", "x", "y", "z"):
        op.drop_column("events", column)
    op.drop_index(op.f("ix_events_state_starts_at_id"), "events")
    op.drop_index(op.f("ix_events_state_updated_at_id"), "events")
    op.drop_index(op.f("ix_attendances_event_status"), "attendances")
    op.create_index(
        op.f("ix_attendances_event_status_guests"), "attendances", ["event", "status", "guests"]
    )
    _create_index()
    _create_terms_and_columns()
    _create_cells()
    op.create_table(
        "event_index_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_event_index_versions")),
    )


def _create_index() -> None:
    op.create_table(
        "event_index",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recency", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("locality", sa.Text(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("latitude", sa.Float(precision=53), nullable=True),
        sa.Column("longitude", sa.Float(precision=53), nullable=True),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name=op.f("fk_event_index_event")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_index")),
        sa.UniqueConstraint("event", name=op.f("uq_event_index_event")),
        sa.UniqueConstraint("position", name=op.f("uq_event_index_position")),
        sa.UniqueConstraint("recency", name=op.f("uq_event_index_recency")),
    )
    op.create_index(op.f("ix_event_index_cell"), "event_index", ["cell"])


def _create_terms_and_columns() -> None:
    op.create_table(
        "event_terms",
        sa.Column("term", sa.String(length=64), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("term", "block", name=op.f("pk_event_terms")),
    )
    op.create_table(
        "event_columns",
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in ("positions", "recencies", "cells", "x", "y", "z")
        ),
        sa.PrimaryKeyConstraint("block", name=op.f("pk_event_columns")),
    )


def _create_cells() -> None:
    op.create_table(
        "event_cells",
        sa.Column("key", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("latitude_sum", sa.BigInteger(), nullable=False),
        sa.Column("longitude_sum", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("west", "south", "east", "north")
        ),
        sa.Column("locality", sa.Text(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=True),
        sa.Column("localities", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_event_cells")),
    )
