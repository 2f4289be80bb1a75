"""What the owner of a mailbox can do about one thing that is kept: each has a page of its own."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from imd_sdk import AsyncClient
from imd_sdk.models import PersonalData
from imd_widgets.widget.options import N_

# With the client, the token and the ID.
Call: TypeAlias = Callable[[AsyncClient, str, str], Coroutine[Any, Any, None]]
ListTitles: TypeAlias = Callable[[PersonalData], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class Action:
    name: str
    label: str
    effect: str
    list_titles: ListTitles
    """The IDs and titles of what it can be done to."""
    call: Call


def _list_signatures(data: PersonalData) -> Iterator[tuple[str, str]]:
    return ((signature.id, signature.title) for signature in data.signatures)


def _list_attendances(data: PersonalData) -> Iterator[tuple[str, str]]:
    return ((attendance.id, attendance.title) for attendance in data.attendances)


def _list_events(data: PersonalData) -> Iterator[tuple[str, str]]:
    return ((event.id, event.title) for event in data.events)


def _list_orders(data: PersonalData) -> Iterator[tuple[str, str]]:
    return ((order.id, order.title) for order in data.orders if order.can_be_cancelled)


STILL_COUNTS = N_("Your signature still counts.")
WITHDRAW = Action(
    "withdraw",
    N_("Withdraw my signature"),
    N_("Your signature is deleted and no longer counts. You can sign again later."),
    _list_signatures,
    lambda client, token, item: client.personal_data.withdraw_signature(token, item),
)
HIDE_NAME = Action(
    "hide-name",
    N_("Stop showing my name"),
    STILL_COUNTS,
    _list_signatures,
    lambda client, token, item: client.personal_data.hide_name(token, item),
)
STOP_NEWS = Action(
    "stop-news",
    N_("Stop the news"),
    STILL_COUNTS,
    _list_signatures,
    lambda client, token, item: client.personal_data.stop_updates(token, item),
)
CANCEL_ATTENDANCE = Action(
    "cancel-attendance",
    N_("I am not coming"),
    N_("Your name and e-mail address are deleted, and somebody else can have your place."),
    _list_attendances,
    lambda client, token, item: client.personal_data.cancel_attendance(token, item),
)
CANCEL_EVENT = Action(
    "cancel-event",
    N_("Cancel the event"),
    N_("Everybody who has signed up gets an e-mail. This cannot be undone."),
    _list_events,
    lambda client, token, item: client.personal_data.cancel_event(token, item),
)
DELETE_ADDRESS = Action(
    "delete-address",
    N_("Delete my e-mail address"),
    N_(
        "The event stays as it is. We can no longer write to you about it, and you can no longer "
        "cancel it here."
    ),
    _list_events,
    lambda client, token, item: client.personal_data.delete_host_address(token, item),
)
CANCEL_ORDER = Action(
    "cancel-order",
    N_("Cancel my order"),
    N_("Others can then buy the prints. This cannot be undone."),
    _list_orders,
    lambda client, token, item: client.personal_data.cancel_order(token, item),
)
ACTIONS = {
    action.name: action
    for action in (
        WITHDRAW,
        HIDE_NAME,
        STOP_NEWS,
        CANCEL_ATTENDANCE,
        CANCEL_EVENT,
        DELETE_ADDRESS,
        CANCEL_ORDER,
    )
}
