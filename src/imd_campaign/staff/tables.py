from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from imd_campaign.db import Instant, RowId, metadata

staff_accounts = Table(
    "staff_accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("mailbox", LargeBinary(32), nullable=False, unique=True),
    Column("locked", LargeBinary, nullable=False),
    Column("role", String(20), nullable=False),
    Column("lang", String(35)),
    Column("totp_step", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_login_at", Instant),
    Column("disabled_at", Instant),
)

staff_recovery_codes = Table(
    "staff_recovery_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("account", ForeignKey(staff_accounts.c.id), nullable=False, index=True),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account", ForeignKey(staff_accounts.c.id), nullable=False, index=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("client", String(60), nullable=False),
    Column("notice", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=False, index=True),
)

staff_invitations = Table(
    "staff_invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("account", ForeignKey(staff_accounts.c.id), index=True),
    Column("created_by", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

staff_login_failures = Table(
    "staff_login_failures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("origin", LargeBinary(32), nullable=False),
    Column("failed_at", Instant, nullable=False, index=True),
    Index(None, "origin", "failed_at"),
)
