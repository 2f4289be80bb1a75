from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from imd_campaign.campaign.tables import campaign_texts, campaigns
from imd_campaign.db import Connection, Row

THE_ONE = 1


def find(connection: Connection) -> Row | None:
    return connection.execute(select(campaigns)).mappings().first()


def texts(connection: Connection) -> dict[str, Row]:
    found = select(campaign_texts).order_by(campaign_texts.c.position)
    return {row["lang"]: row for row in connection.execute(found).mappings()}


def put(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> None:
    """The campaign and its texts, the first language first; what was there goes."""
    connection.execute(delete(campaigns))
    connection.execute(insert(campaigns).values(id=THE_ONE, **values))
    rows = [{**text, "campaign_id": THE_ONE, "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(campaign_texts), rows)
