"""Places, and the waiting list that moves up when places become free."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events import guests, store
from imd_campaign.events.time_zones import to_local_day

Row = Mapping[Any, Any]


def is_open(event: Row, now: datetime) -> bool:
    return event["state"] == "public" and not is_over(event, now)


def is_over(event: Row, now: datetime) -> bool:
    """An event without an end time is over when its day is over."""
    if event["ends_at"] is not None:
        return bool(event["ends_at"] <= now)
    return bool(event["last_day"] < to_local_day(now, ZoneInfo(event["time_zone"])))


def count_free_places(connection: Connection, event: Row) -> int | None:
    if event["capacity"] is None:
        return None
    capacity: int = event["capacity"]
    return max(0, capacity - store.count_taken_places(connection, event["id"]))


def has_room(connection: Connection, event: Row, people: int) -> bool:
    free_places = count_free_places(connection, event)
    return free_places is None or people <= free_places


def promote(context: Context, connection: Connection, event: Row) -> None:
    """Give free places of a locked event to those who wait, in order of confirmation.

    A party that does not fit goes on waiting, and a smaller one behind it may fit.
    """
    if not is_open(event, context.now()):
        return
    free_places = count_free_places(connection, event)
    for guest in store.list_waiting(connection, event["id"]):
        people = 1 + guest["guests"]
        if free_places is not None and people > free_places:
            continue
        guests.set_status(context, connection, event, guest, "accepted")
        free_places = None if free_places is None else free_places - people
