"""Accounts of staff, their sessions and invitations."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0025"
down_revision = "0024"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_accounts()
    _create_sessions()
    _create_invitations()
    _create_failures()


def _create_accounts() -> None:
    op.create_table(
        "staff_accounts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_login_at", Instant(), nullable=True),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_accounts")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_staff_accounts_mailbox")),
    )
    op.create_table(
        "staff_recovery_codes",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        _refer_to_accounts("staff_recovery_codes"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_recovery_codes")),
    )
    op.create_index(op.f("ix_staff_recovery_codes_account"), "staff_recovery_codes", ["account"])


def _create_sessions() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client", sa.String(length=60), nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=False),
        _refer_to_accounts("staff_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_sessions_digest")),
    )
    op.create_index(op.f("ix_staff_sessions_account"), "staff_sessions", ["account"])
    op.create_index(op.f("ix_staff_sessions_last_used_at"), "staff_sessions", ["last_used_at"])


def _create_invitations() -> None:
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=True),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        _refer_to_accounts("staff_invitations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_invitations_digest")),
    )
    op.create_index(op.f("ix_staff_invitations_account"), "staff_invitations", ["account"])
    op.create_index(op.f("ix_staff_invitations_expires_at"), "staff_invitations", ["expires_at"])


def _create_failures() -> None:
    op.create_table(
        "staff_login_failures",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("origin", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_login_failures")),
    )
    op.create_index(
        op.f("ix_staff_login_failures_failed_at"), "staff_login_failures", ["failed_at"]
    )
    op.create_index(
        op.f("ix_staff_login_failures_origin_failed_at"),
        "staff_login_failures",
        ["origin", "failed_at"],
    )


def _refer_to_accounts(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account"], ["staff_accounts.id"], name=op.f(f"fk_{table}_account")
    )
