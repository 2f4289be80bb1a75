from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from imd_campaign.db import Instant, metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Index(None, "subject", "id"),
)
