from datetime import datetime

from imd_campaign.db import Connection, delete_some, upsert
from imd_campaign.proofs.tables import spent_proofs


def spend(connection: Connection, digest: bytes, expires_at: datetime) -> bool:
    """Record a proof; return False if it was spent before."""
    statement = (
        upsert(connection, spent_proofs)
        .values(digest=digest, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(spent_proofs.c.digest)
    )
    return connection.execute(statement).first() is not None


def delete_expired(connection: Connection, before: datetime, limit: int) -> int:
    return delete_some(connection, spent_proofs.c.digest, spent_proofs.c.expires_at < before, limit)
