"""The revision of a published event, and an index for the feed of the latest changes."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("events", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_events_state_updated_at_id"), "events", ["state", "updated_at", "id"])
