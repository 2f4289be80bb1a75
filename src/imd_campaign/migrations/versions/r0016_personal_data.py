"""Columns to find the events that a mailbox hosts, and the e-mails that wait for it.

They hold fingerprints, which need the secret: the worker fills them for the events that exist.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("events", sa.Column("host_mailbox", sa.LargeBinary(length=32), nullable=True))
    op.create_index(op.f("ix_events_host_mailbox"), "events", ["host_mailbox"])
    op.add_column("outbox", sa.Column("mailbox", sa.LargeBinary(length=32), nullable=True))
    op.create_index(op.f("ix_outbox_mailbox"), "outbox", ["mailbox"])
