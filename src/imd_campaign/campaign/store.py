from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from imd_campaign.campaign.tables import campaign_texts, campaigns
from imd_campaign.db import Connection, Row

ONLY_ID = 1


def find(connection: Connection) -> Row | None:
    return connection.execute(select(campaigns)).mappings().first()


def list_texts(connection: Connection) -> dict[str, Row]:
    query = select(campaign_texts).order_by(campaign_texts.c.position)
    return {row["lang"]: row for row in connection.execute(query).mappings()}


def put(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> None:
    """Replace the campaign and its texts, default language first."""
    connection.execute(delete(campaigns))
    connection.execute(insert(campaigns).values(id=ONLY_ID, **values))
    rows = [{**text, "campaign_id": ONLY_ID, "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(campaign_texts), rows)
