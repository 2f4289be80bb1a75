from sqlalchemy import Column, Date, ForeignKey, LargeBinary, String, Table

from imd_campaign.db import Instant, metadata

partners = Table(
    "partners",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("published_on", Date),
)

# Links to a partner's own page, which needs no key: the digests of their tokens.
partner_links = Table(
    "partner_links",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("source", ForeignKey("partners.source"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)
