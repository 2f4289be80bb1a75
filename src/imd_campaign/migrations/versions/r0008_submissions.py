"""Submissions that wait for their mailbox; signatures are only those that were confirmed.

Signatures that were not confirmed, and their links, are dropped: no release had them.
"""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0008"
down_revision = "0007"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("confirmations")
    _keep_confirmed_signatures()
    op.create_table(
        "submissions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("idempotency_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("request", sa.LargeBinary(length=32), nullable=True),
        sa.Column("token", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code", sa.LargeBinary(length=32), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_submissions_idempotency_key")),
        sa.UniqueConstraint("token", name=op.f("uq_submissions_token")),
        sa.UniqueConstraint("code", name=op.f("uq_submissions_code")),
    )
    op.create_index(op.f("ix_submissions_state_due_at"), "submissions", ["state", "due_at"])
    op.create_index(op.f("ix_submissions_mailbox_state"), "submissions", ["mailbox", "state"])
    _create_mailboxes()


def _keep_confirmed_signatures() -> None:
    op.execute("DELETE FROM signatures WHERE confirmed_at IS NULL")
    op.drop_index("ix_signatures_petition_id_state_country", "signatures")
    op.drop_index("ix_signatures_petition_id_created_at_id", "signatures")
    with op.batch_alter_table("signatures") as signatures:
        for name in ("state", "mails", "mailed_at", "created_at"):
            signatures.drop_column(name)
        signatures.alter_column("confirmed_at", existing_type=Instant(), nullable=False)
    op.create_index(
        op.f("ix_signatures_petition_id_country"), "signatures", ["petition_id", "country"]
    )
    op.create_index(
        op.f("ix_signatures_petition_id_confirmed_at_id"),
        "signatures",
        ["petition_id", "confirmed_at", "id"],
    )


def _create_mailboxes() -> None:
    op.create_table(
        "mailbox_uses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("use", sa.String(length=12), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_uses")),
    )
    op.create_index(op.f("ix_mailbox_uses_used_at"), "mailbox_uses", ["used_at"])
    op.create_index(
        op.f("ix_mailbox_uses_mailbox_use_used_at"), "mailbox_uses", ["mailbox", "use", "used_at"]
    )
    op.create_table(
        "blocked_mailboxes",
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("blocked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_blocked_mailboxes")),
    )
