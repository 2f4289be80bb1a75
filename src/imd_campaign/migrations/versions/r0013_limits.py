"""Networks, proofs of work, lanes of submissions, and quotas of API keys."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0013"
down_revision = "0012"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("hourly_quota", sa.Integer(), nullable=True))
    op.add_column(
        "submissions", sa.Column("lane", sa.SmallInteger(), nullable=False, server_default="1")
    )
    op.add_column("submissions", sa.Column("network", sa.LargeBinary(length=16), nullable=True))
    op.drop_index("ix_submissions_state_due_at", "submissions")
    op.create_index(
        op.f("ix_submissions_state_lane_due_at"), "submissions", ["state", "lane", "due_at"]
    )
    # Notices give way to confirmations that wait in the slow lane.
    op.execute("UPDATE outbox SET priority = 2 WHERE priority = 1 AND state = 'queued'")
    _create_networks()
    op.create_table(
        "spent_proofs",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_proofs")),
    )
    op.create_index(op.f("ix_spent_proofs_expires_at"), "spent_proofs", ["expires_at"])


def _create_networks() -> None:
    op.create_table(
        "network_keys",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_network_keys")),
    )
    op.create_index(op.f("ix_network_keys_created_at"), "network_keys", ["created_at"])
    op.create_table(
        "network_uses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("network", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_uses")),
    )
    op.create_index(op.f("ix_network_uses_used_at"), "network_uses", ["used_at"])
    op.create_index(op.f("ix_network_uses_network_used_at"), "network_uses", ["network", "used_at"])
