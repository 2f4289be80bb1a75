from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from imd_campaign.db import metadata

share_kits = Table(
    "share_kits",
    metadata,
    Column("id", Integer, primary_key=True),
    # Month, day and clock in UTC; the year is the campaign's.
    Column("storm", String(11), nullable=False),
    Column("url", String(500), nullable=False),
)

share_kit_texts = Table(
    "share_kit_texts",
    metadata,
    Column("share_kit", ForeignKey("share_kits.id", ondelete="CASCADE"), primary_key=True),
    Column("lang", String(35), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("hashtags", JSON, nullable=False),
    Column("messages", JSON, nullable=False),
)

resources = Table(
    "resources",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("url", String(500)),
)

resource_texts = Table(
    "resource_texts",
    metadata,
    Column("resource", ForeignKey("resources.slug", ondelete="CASCADE"), primary_key=True),
    Column("lang", String(35), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", String(300), nullable=False),
    Column("summary", String(1000), nullable=False),
    Column("body", Text, nullable=False),
)
