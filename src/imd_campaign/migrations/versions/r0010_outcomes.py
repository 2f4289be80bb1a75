"""What the confirmation of a submission has led to, and indexes to find expired rows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("submissions", sa.Column("outcome", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_submissions_created_at"), "submissions", ["created_at"])
    op.create_index(op.f("ix_outbox_done_at"), "outbox", ["done_at"])
