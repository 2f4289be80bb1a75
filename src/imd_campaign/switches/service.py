"""What staff turn on and off while servers run; each notices a change within a second or two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import Busy, CampaignClosed, ReadOnly
from imd_campaign.switches import store

READ_ONLY = "read_only"
STOP_EMAIL = "stop_email"
HIDE_SIGNERS = "hide_signers"
BUSY = "busy"
NAMES = (READ_ONLY, STOP_EMAIL, HIDE_SIGNERS, BUSY)

ON, OFF = "on", "off"
CLOSED = store.CLOSED

RECENT = "switches"
SUBJECT = "campaign"


@dataclass(frozen=True, slots=True)
class Change:
    """Who turns a switch, why and when."""

    actor: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Switch:
    name: str
    is_on: bool
    changed_at: datetime | None = None


def list_switches(connection: Connection) -> list[Switch]:
    known = {row["name"]: row for row in store.list_all(connection)}
    return [
        Switch(name, known[name]["value"] != OFF, known[name]["changed_at"])
        if name in known
        else Switch(name, is_on=False)
        for name in NAMES
    ]


def is_on(connection: Connection, name: str) -> bool:
    return store.list_values(connection).get(name, OFF) != OFF


def is_closed(connection: Connection) -> bool:
    return store.list_values(connection).get(READ_ONLY) == CLOSED


def turn(connection: Connection, name: str, change: Change, *, is_on: bool) -> None:
    """Turn a switch on or off, and record who did it and why."""
    if not store.put(connection, name, ON if is_on else OFF, change.now):
        raise CampaignClosed
    _record(connection, change, "turn_on" if is_on else "turn_off", name)


def close_campaign(connection: Connection, change: Change, **details: object) -> None:
    """Make the campaign read-only for good; a second call changes nothing."""
    if is_closed(connection):
        return
    store.put(connection, READ_ONLY, CLOSED, change.now)
    _record(connection, change, "close_campaign", READ_ONLY, **details)


def _record(
    connection: Connection, change: Change, action: str, name: str, **details: object
) -> None:
    audit.record(
        connection,
        now=change.now,
        actor=change.actor,
        action=action,
        subject=SUBJECT,
        reason=change.reason,
        switch=name,
        **details,
    )


async def read_recent(context: Context) -> Mapping[str, str]:
    """Return the values of the last second, at no cost to a request."""

    def read() -> Mapping[str, str]:
        with context.database.read() as connection:
            return store.list_values(connection)

    values: Mapping[str, str] = await context.recent_reads.get(RECENT, read)
    return values


async def is_recently_on(context: Context, name: str) -> bool:
    return (await read_recent(context)).get(name, OFF) != OFF


async def is_read_only(context: Context) -> bool:
    return await is_recently_on(context, READ_ONLY)


async def reject_changes(context: Context) -> None:
    """Raise an error if nothing may be changed at present, or ever again."""
    value = (await read_recent(context)).get(READ_ONLY, OFF)
    if value == CLOSED:
        raise CampaignClosed
    if value != OFF:
        raise ReadOnly


async def reject_forms(context: Context) -> None:
    """Raise an error while staff let the campaign accept no forms."""
    if await is_recently_on(context, BUSY):
        raise Busy
