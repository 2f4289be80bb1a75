"""Accept, decline or remove guests: what staff and the host of a private home may do."""

from collections.abc import Mapping
from typing import Any, Literal

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, SoldOut
from imd_campaign.events import guests
from imd_campaign.events.waiting_list import count_free_places, promote

Row = Mapping[Any, Any]
Decision = Literal["accept", "decline"]


def decide(
    context: Context, connection: Connection, event: Row, guest: Row, decision: Decision
) -> str:
    """Decide on a guest of a locked event, e-mail the guest, and return the new status."""
    accepts = decision == "accept"
    status = _accept(connection, event, guest) if accepts else _decline(guest)
    guests.set_status(context, connection, event, guest, status)
    if guest["status"] == "accepted":
        promote(context, connection, event)
    return status


def _accept(connection: Connection, event: Row, guest: Row) -> str:
    """A guest for whom there is no room yet waits, and moves up without another decision."""
    if guest["status"] not in {"requested", "waiting"}:
        raise AlreadyDecided
    free_places = count_free_places(connection, event)
    if free_places is None or 1 + guest["guests"] <= free_places:
        return "accepted"
    if guest["status"] == "requested":
        return "waiting"
    raise SoldOut(free_places)


def _decline(guest: Row) -> str:
    if guest["status"] == "declined":
        raise AlreadyDecided
    return "declined"
