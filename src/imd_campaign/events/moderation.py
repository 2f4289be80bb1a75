"""Moderators' decisions on submitted events."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, FieldError, InvalidBody, NotFound
from imd_campaign.events import cancellation, emails, store
from imd_campaign.events.schemas import EventDecision, State, SubmittedEvent
from imd_campaign.events.service import make_event_with_exact_place
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.webhooks import outbox

Row = Mapping[Any, Any]

ANY_STATE = ("pending_review", "public", "rejected", "cancelled")
# For each decision: the required state, the new state, the e-mail to the host.
EVENT_DECISIONS = {
    "approve": ("pending_review", "public", "approved"),
    "reject": ("pending_review", "rejected", "rejected"),
    "cancel": ("public", "cancelled", "withdrawn"),
}
NOT_PUBLIC = "is for published events only. Reject an event that is waiting for review."


def list_submitted_events(
    context: Context, state: State, page_request: PageRequest
) -> Slice[SubmittedEvent]:
    with context.database.read() as connection:
        part = store.list_submitted_events(connection, state, page_request)
    return Slice([_make_submitted_event(context, row) for row in part.items], part.next)


def decide_event(
    context: Context, caller: Caller, event_id: str, decision: EventDecision
) -> SubmittedEvent:
    required_state, state, email = EVENT_DECISIONS[decision.decision]
    with context.database.write() as connection:
        event = _require_state(connection, event_id, required_state)
        if state == "cancelled":
            cancellation.cancel_event(context, connection, event, decision.reason)
        else:
            store.set_state(connection, event_id, state, context.now())
            if state == "public":
                outbox.queue(context, connection, "event.approved", event=event_id)
            emails.email_host(context, connection, email, event, decision.reason)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action=f"event.{decision.decision}",
            subject=event_id,
            reason=decision.reason,
        )
        decided = get_submitted_event(context, connection, event_id)
    context.wake_worker()
    return decided


def get_submitted_event(context: Context, connection: Connection, event_id: str) -> SubmittedEvent:
    return _make_submitted_event(context, _require(store.get(connection, event_id, ANY_STATE)))


def _require_state(connection: Connection, event_id: str, required_state: str) -> Row:
    event = _require(store.lock(connection, event_id))
    if event["state"] == "pending_review" and required_state == "public":
        raise InvalidBody(FieldError("body", "decision", NOT_PUBLIC))
    if event["state"] != required_state:
        raise AlreadyDecided
    return event


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _make_submitted_event(context: Context, row: Row) -> SubmittedEvent:
    return SubmittedEvent(
        event=make_event_with_exact_place(context, row),
        private=row["private"],
        state=row["state"],
        submitted_at=row["created_at"],
    )
