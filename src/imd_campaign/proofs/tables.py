from sqlalchemy import Column, LargeBinary, Table

from imd_campaign.db import Instant, metadata

spent_proofs = Table(
    "spent_proofs",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)
