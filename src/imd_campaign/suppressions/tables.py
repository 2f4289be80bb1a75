from sqlalchemy import Column, Integer, LargeBinary, String, Table

from imd_campaign.db import Instant, metadata

bounced_addresses = Table(
    "bounced_addresses",
    metadata,
    Column("address", LargeBinary(32), primary_key=True),
    Column("status", String(12), nullable=False),
    Column("bounces", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("suppressed_until", Instant),
)
