from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, Table

from imd_campaign.db import Instant, metadata

idempotent_requests = Table(
    "idempotent_requests",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("request", LargeBinary(32), nullable=False),
    Column("lease", String(40), nullable=False),
    Column("leased_until", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Index(None, "expires_at"),
)
