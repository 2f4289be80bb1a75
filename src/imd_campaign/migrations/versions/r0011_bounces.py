"""Addresses that bounced, and what recognises the recipient of an e-mail that was sent."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("address", sa.LargeBinary(length=32), nullable=True))
    op.add_column("outbox", sa.Column("bounced_at", Instant(), nullable=True))
    op.create_table(
        "bounced_addresses",
        sa.Column("address", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("suppressed_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_bounced_addresses")),
    )
    op.create_index(op.f("ix_bounced_addresses_last_at"), "bounced_addresses", ["last_at"])
