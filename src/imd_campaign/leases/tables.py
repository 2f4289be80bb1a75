from sqlalchemy import Column, String, Table

from imd_campaign.db import Instant, metadata

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("expires_at", Instant, nullable=False),
)
