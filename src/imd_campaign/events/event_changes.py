"""Changes that hosts propose: moderators decide, and the approved version stays public until then.

Each proposal has an id of its own, so that a decision applies to what the moderator has read.
"""

from collections.abc import Mapping
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, InvalidBody, NotFound
from imd_campaign.events import change_store, emails, guests, store
from imd_campaign.events.moderation import get_submitted_event
from imd_campaign.events.schemas import (
    EventChange,
    EventChangeDecision,
    EventChangeForm,
    EventForm,
    Host,
    ProposedChange,
    SubmittedEvent,
    SubmittedPlace,
)
from imd_campaign.events.service import get_exact_place, make_event_with_exact_place
from imd_campaign.events.submission import find_errors, make_row, show_exactly
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.webhooks import outbox

Row = Mapping[Any, Any]

CHANGEABLE = {
    *("title", "description", "url", "updated_at"),
    *("starts_at", "ends_at", "time_zone", "first_day", "last_day"),
    *("place_name", "address", "locality", "region", "country", "locked_place"),
    *("latitude", "longitude"),
}
# If one of these changes, guests have to know.
TOLD_TO_GUESTS = ("starts_at", "ends_at", "time_zone", "url")


def propose(context: Context, connection: Connection, event: Row, form: EventChangeForm) -> None:
    """Store a change of a locked published event in place of an earlier one.

    If nothing differs from the event, only the earlier change is deleted.
    """
    _check(context, event, form)
    if _is_same(context, event, form):
        change_store.delete_for_event(connection, event["id"])
        return
    change = {
        "id": new_id("chg"),
        "event": event["id"],
        "locked": context.vault.encrypt(form.model_dump(mode="json")),
        "created_at": context.now(),
    }
    change_store.replace(connection, change)
    about = {"event": event["id"], "change": change["id"]}
    outbox.queue(context, connection, "event.change_proposed", **about)


def _is_same(context: Context, event: Row, form: EventChangeForm) -> bool:
    place = form.place and show_exactly(form.place)
    fields = EventChangeForm.model_fields.keys() - {"place"}
    has_same_fields = all(getattr(form, name) == event[name] for name in fields)
    return has_same_fields and place == get_exact_place(context, event)


def _check(context: Context, event: Row, form: EventChangeForm) -> None:
    times = ("starts_at", "ends_at", "time_zone")
    has_new_times = any(getattr(form, name) != event[name] for name in times)
    whole = _complete(event, form)
    if errors := list(find_errors(whole, context.now(), has_new_times=has_new_times)):
        raise InvalidBody(*errors)


def _complete(event: Row, form: EventChangeForm) -> EventForm:
    """Return the form of the whole event; what is not changed has been validated before."""
    values = {name: getattr(form, name) for name in EventChangeForm.model_fields}
    place = form.place and SubmittedPlace(**form.place.model_dump(), private=event["private"])
    fixed = {name: event[name] for name in ("lang", "languages", "kind", "online", "capacity")}
    host = Host.model_construct(name=event["host"], email="")
    return EventForm.model_construct(**values | {"place": place, "host": host} | fixed)


def list_changes(context: Context, page_request: PageRequest) -> Slice[EventChange]:
    with context.database.read() as connection:
        part = change_store.list_changes(connection, page_request)
    return Slice([_make_event_change(context, row) for row in part.items], part.next)


def _make_event_change(context: Context, row: Row) -> EventChange:
    change = {"id": row["change"], "locked": row["locked_change"], "created_at": row["proposed_at"]}
    return EventChange(
        id=row["change"],
        event=make_event_with_exact_place(context, row),
        private=row["private"],
        proposed=make_proposed_change(context, change),
    )


def make_proposed_change(context: Context, change: Row) -> ProposedChange:
    form = _read_form(context, change)
    values = {name: getattr(form, name) for name in EventChangeForm.model_fields}
    values["place"] = form.place and show_exactly(form.place)
    return ProposedChange(id=change["id"], created_at=change["created_at"], **values)


def _read_form(context: Context, change: Row) -> EventChangeForm:
    return EventChangeForm.model_validate(context.vault.decrypt(change["locked"]))


def decide(
    context: Context, caller: Caller, change_id: str, decision: EventChangeDecision
) -> SubmittedEvent:
    with context.database.write() as connection:
        event, change = _lock(connection, change_id)
        change_store.delete_for_event(connection, event["id"])
        if decision.decision == "approve":
            _apply(context, connection, event, _read_form(context, change))
        else:
            emails.email_host(context, connection, "change_rejected", event, decision.reason)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action=f"event-change.{decision.decision}",
            subject=event["id"],
            reason=decision.reason,
        )
        decided = get_submitted_event(context, connection, event["id"])
    context.wake_worker()
    return decided


def _lock(connection: Connection, change_id: str) -> tuple[Row, Row]:
    known = change_store.find(connection, change_id)
    event = store.lock(connection, known["event"]) if known else None
    change = change_store.find(connection, change_id)  # as it is under the lock
    if event is None or change is None:
        raise NotFound
    if event["state"] != "public":
        raise AlreadyDecided
    return event, change


def _apply(context: Context, connection: Connection, event: Row, form: EventChangeForm) -> None:
    row = make_row(context.vault, _complete(event, form), now=context.now())
    values = {name: value for name, value in row.items() if name in CHANGEABLE}
    store.change_published_event(connection, event["id"], **values)
    outbox.queue(context, connection, "event.changed", event=event["id"])
    changed = {**event, **values}
    emails.email_host(context, connection, "change_approved", changed)
    if must_tell_guests(context, event, changed):
        guests.email_all(context, connection, "changed", changed)


def must_tell_guests(context: Context, event: Row, changed: Row) -> bool:
    if any(event[name] != changed[name] for name in TOLD_TO_GUESTS):
        return True
    return get_exact_place(context, event) != get_exact_place(context, changed)
