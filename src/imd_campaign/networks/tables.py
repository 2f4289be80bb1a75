from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table

from imd_campaign.db import Instant, RowId, metadata

network_keys = Table(
    "network_keys",
    metadata,
    Column("day", Date, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

network_uses = Table(
    "network_uses",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("network", LargeBinary(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("used_at", Instant, nullable=False, index=True),
    Index(None, "network", "used_at"),
)
