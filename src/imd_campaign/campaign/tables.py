from sqlalchemy import Column, ForeignKey, Integer, String, Table

from imd_campaign.db import metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("petition", String(64)),
    Column("organisation", String(200), nullable=False, server_default=""),
    Column("contact", String(500), nullable=False, server_default=""),
    Column("website", String(500), nullable=False),
    Column("donate", String(500), nullable=False),
    Column("resources", String(500), nullable=False),
)

campaign_texts = Table(
    "campaign_texts",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("lang", String(35), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String(200), nullable=False),
)
