"""Signatures that staff declare invalid."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "invalidations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("selected", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invalidations")),
    )
    # Alembic adds the constraint in a statement of its own, which SQLite does not have.
    op.execute(
        "ALTER TABLE signatures ADD COLUMN invalidation VARCHAR(40) "
        "CONSTRAINT fk_signatures_invalidation REFERENCES invalidations (id)"
    )
    op.create_index(
        "ix_signatures_invalidation",
        "signatures",
        ["invalidation"],
        sqlite_where=sa.text("invalidation IS NOT NULL"),
        postgresql_where=sa.text("invalidation IS NOT NULL"),
    )
