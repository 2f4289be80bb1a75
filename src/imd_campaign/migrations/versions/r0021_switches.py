"""Switches that staff turn on and off."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0021"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
