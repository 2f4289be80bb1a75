from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events.schemas import Place
from imd_campaign.mail import service as mail
from imd_campaign.mail.letters import write

Row = Mapping[Any, Any]


def to_host(
    context: Context, connection: Connection, kind: str, event: Row, reason: str = ""
) -> None:
    if event["locked_host"] is None:
        return
    address = context.vault.unlock(event["locked_host"])["email"]
    _send(context, connection, kind, address, event, reason=reason)


def to_guest(
    context: Context,
    connection: Connection,
    kind: str,
    address: str,
    event: Row,
    *,
    place: Place | None = None,
    reason: str = "",
) -> None:
    _send(context, connection, kind, address, event, where=_where(event, place), reason=reason)


def _send(
    context: Context, connection: Connection, kind: str, address: str, event: Row, **more: str
) -> None:
    letter = write(
        "events",
        kind,
        to=address,
        lang=event["lang"],
        title=event["title"],
        when=_when(event),
        link=_link(context, kind, event),
        host=event["host"],
        **more,
    )
    mail.queue(context, connection, kind=f"event-{kind}", letter=letter)


def _link(context: Context, kind: str, event: Row) -> str:
    site = context.settings.site_url.rstrip("/")
    return f"{site}/" if kind == "declined" else f"{site}/events/{event['id']}"


def _when(event: Row) -> str:
    starts_at = event["starts_at"].astimezone(ZoneInfo(event["time_zone"]))
    return f"{starts_at:%Y-%m-%d %H:%M} ({event['time_zone']})"


def _where(event: Row, place: Place | None) -> str:
    if place is None:
        return event["url"] or ""
    parts = (place.name, place.address, place.locality, place.region, place.country)
    return ", ".join(part for part in parts if part)
