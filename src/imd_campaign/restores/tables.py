from sqlalchemy import Column, Table

from imd_campaign.db import Instant, RowId, metadata

restores = Table(
    "restores",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("backup_made_at", Instant, nullable=False),
    Column("restored_at", Instant, nullable=False),
    Column("resumed_at", Instant),
)
