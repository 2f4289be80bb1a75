"""Priorities, leases and recorded hand-overs of queued e-mail."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.alter_column("outbox", "letter", new_column_name="message")
    op.add_column(
        "outbox", sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="1")
    )
    op.add_column("outbox", sa.Column("lease", sa.String(length=40), nullable=True))
    op.add_column("outbox", sa.Column("leased_until", Instant(), nullable=True))
    op.add_column("outbox", sa.Column("handed_over_at", Instant(), nullable=True))
    op.drop_index("ix_outbox_state_due_at", "outbox")
    op.create_index("ix_outbox_state_priority_due_at", "outbox", ["state", "priority", "due_at"])
