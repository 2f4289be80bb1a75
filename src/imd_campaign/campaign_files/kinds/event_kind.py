"""The organisation's own events, which are public without a moderator's decision."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.items import (
    Change,
    Current,
    FieldChange,
    Fields,
    Item,
    PlainKind,
)
from imd_campaign.campaign_files.moments import resolve
from imd_campaign.campaign_files.schemas import EventEntry
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events import own_events
from imd_campaign.events.schemas import EventForm

PREFIX = "evt_"
NOBODY = "nobody@campaign.example"
"""A host's address, which a form must have; it is not stored."""

PLACE = ("name", "address", "locality", "region", "country", "latitude", "longitude", "private")
HIDDEN = frozenset(f"place.{name}" for name in ("name", "address", "latitude", "longitude"))
COPIED = ("kind", "lang", "title", "description", "capacity", "url")
OVER = "is over and stays as it is."
CANCELLED = "is cancelled and stays so; remove it from events.toml."
OTHER_PRIVACY = "`place.private` cannot change, as guests relied on it. Use another ID."
STAYS_PRIVATE = (
    "`place.private` cannot change back: the place is private, maybe since a moderator made it so. "
    "Set it to true, or use another ID."
)
OTHER_PLACE = "an event at a place cannot become an online one, or the reverse. Use another ID."


class EventKind(PlainKind):
    name = "event"
    keeps_values_in_audit = False
    audit_prefix = PREFIX

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]:
        return [_make_item(folder, event) for event in folder.events]

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]:
        rows = own_events.list_own(context, connection)
        return {
            row["id"].removeprefix(PREFIX): Current(_flatten_row(row), {"state": row["state"]})
            for row in rows
        }

    def find_hidden(self, old: Fields, new: Fields) -> frozenset[str]:
        is_private = old.get("place.private") or new.get("place.private")
        return HIDDEN if is_private else frozenset()

    def find_fixed(self, current: Current, changes: Sequence[FieldChange]) -> str | None:
        state = current.facts["state"]
        if state == "over" and not _find_pair(changes, "starts"):
            return OVER
        return CANCELLED if state == "cancelled" else None

    def find_refusals(
        self,
        connection: Connection,  # noqa: ARG002 as in Kind
        change: Change,
        current: Current | None,
    ) -> Iterator[str]:
        if current is None:
            return
        if current.facts["state"] == "over":
            yield f"{OVER} Give the new event an ID of its own."
        country, private = (_find_pair(change.fields, f"place.{n}") for n in ("country", "private"))
        if country and None in country:
            yield OTHER_PLACE
        elif private:
            was_private, _ = private
            yield STAYS_PRIVATE if was_private else OTHER_PRIVACY

    def describe_kept(self, current: Current) -> str:
        if current.facts["state"] == "open":
            return "stays public; `imd campaign moderate cancel` cancels it"
        return f"is {current.facts['state']}"

    def write(self, context: Context, connection: Connection, changes: Sequence[Change]) -> None:
        added = {PREFIX + c.key: c.source for c in changes if c.action == "add"}
        own_events.add(context, connection, added)
        for change in changes:
            if change.action == "change":
                own_events.change(context, connection, PREFIX + change.key, change.source)


def _find_pair(changes: Sequence[FieldChange], name: str) -> tuple[Any, Any] | None:
    return next(((change.old, change.new) for change in changes if change.name == name), None)


def _make_item(folder: CampaignFolder, event: EventEntry) -> Item:
    form = _make_form(folder, event)
    return Item(event.id, _flatten_form(form), form)


def _make_form(folder: CampaignFolder, event: EventEntry) -> EventForm:
    zone = event.time_zone or folder.campaign.time_zone
    values = event.model_dump(exclude={"id", "starts", "ends", "host", "time_zone"})
    ends_at = event.ends and resolve(event.ends, zone).isoformat(timespec="seconds")
    return EventForm.model_validate(
        {
            **values,
            "starts_at": resolve(event.starts, zone).isoformat(timespec="seconds"),
            "ends_at": ends_at,
            "time_zone": zone,
            "online": event.place is None,
            "host": {"name": event.host, "email": NOBODY},
        }
    )


def _flatten_form(form: EventForm) -> Fields:
    place = form.place.model_dump() if form.place else {}
    for name in ("latitude", "longitude"):
        if name in place:
            place[name] = round(place[name], 6)
    return {
        **{name: getattr(form, name) for name in COPIED},
        "languages": list(dict.fromkeys(form.languages or [form.lang])),
        "starts": form.starts_at.astimezone(UTC),
        "ends": form.ends_at and form.ends_at.astimezone(UTC),
        "time_zone": form.time_zone,
        "host": form.host.name,
        **{f"place.{name}": place.get(name) for name in PLACE},
    }


def _flatten_row(row: Mapping[Any, Any]) -> Fields:
    place = row["place"]
    shown = place.model_dump() | {"private": row["private"]} if place else {}
    return {
        **{name: row[name] for name in COPIED},
        "languages": row["languages"],
        "starts": row["starts_at"],
        "ends": row["ends_at"],
        "time_zone": row["time_zone"],
        "host": row["host"],
        **{f"place.{name}": shown.get(name) for name in PLACE},
    }
