from sqlalchemy import Column, Index, LargeBinary, SmallInteger, String, Table

from imd_campaign.db import Instant, RowId, metadata

submissions = Table(
    "submissions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("target", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("lane", SmallInteger, nullable=False, server_default="1"),
    Column("mailbox", LargeBinary(32), nullable=False),
    # The fingerprint of an address with a tag, which need not reach the mailbox.
    Column("tagged", LargeBinary(32)),
    Column("network", LargeBinary(16)),
    Column("lang", String(35)),
    Column("details", LargeBinary),
    Column("idempotency_key", LargeBinary(32), unique=True),
    Column("request", LargeBinary(32)),
    Column("outcome", String(40)),
    Column("token", LargeBinary(32), unique=True),
    Column("code", LargeBinary(32), unique=True),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("reminded_at", Instant),
    Index(None, "state", "lane", "due_at"),
    Index(None, "mailbox", "state"),
    Index(None, "created_at"),
)

mailbox_uses = Table(
    "mailbox_uses",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("mailbox", LargeBinary(32), nullable=False),
    Column("use", String(12), nullable=False),
    Column("used_at", Instant, nullable=False, index=True),
    Index(None, "mailbox", "use", "used_at"),
)

blocked_mailboxes = Table(
    "blocked_mailboxes",
    metadata,
    Column("mailbox", LargeBinary(32), primary_key=True),
    Column("blocked_at", Instant, nullable=False),
)
