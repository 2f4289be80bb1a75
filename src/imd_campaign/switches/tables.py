from sqlalchemy import Column, String, Table

from imd_campaign.db import Instant, metadata

# What staff have turned on; a switch without a row has never been used.
switches = Table(
    "switches",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(40), nullable=False),
    Column("changed_at", Instant, nullable=False),
)
