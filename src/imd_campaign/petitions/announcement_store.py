"""What was last announced of each petition by webhooks."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, insert, select, update

from imd_campaign.db import Connection, Row
from imd_campaign.petitions.tables import petition_announcements as announcements
from imd_campaign.petitions.tables import petitions


def list_petitions(connection: Connection) -> Sequence[Row]:
    """Return all petitions with what was announced of each, if anything."""
    return connection.execute(_select()).mappings().all()


def lock_petition(connection: Connection, petition_id: int) -> Row | None:
    query = _select().where(petitions.c.id == petition_id).with_for_update(of=petitions)
    return connection.execute(query).mappings().first()


def _select() -> Select[Any]:
    own = announcements.c
    return select(
        petitions,
        own.total.label("announced_total"),
        own.announced_at,
        own.milestone.label("announced_milestone"),
        own.is_closed.label("announced_closed"),
    ).outerjoin(announcements, own.petition_id == petitions.c.id)


def put(connection: Connection, petition_id: int, values: Mapping[str, Any]) -> None:
    known = update(announcements).where(announcements.c.petition_id == petition_id)
    if connection.execute(known.values(values)).rowcount == 0:
        connection.execute(insert(announcements).values(petition_id=petition_id, **values))
