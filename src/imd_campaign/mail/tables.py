from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, String, Table

from imd_campaign.db import Instant, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("priority", SmallInteger, nullable=False, server_default="1"),
    Column("message", LargeBinary),
    Column("address", LargeBinary(32)),
    Column("mailbox", LargeBinary(32), index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease", String(40)),
    Column("leased_until", Instant),
    Column("handed_over_at", Instant),
    Column("done_at", Instant),
    Column("bounced_at", Instant),
    Index(None, "state", "priority", "due_at"),
    Index(None, "done_at"),
)
