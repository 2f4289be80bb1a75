"""What is kept about a mailbox, as it is shown: sections of entries with facts and actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from imd_sdk.models import (
    AttendanceStatus,
    ConfirmationKind,
    OrderState,
    PendingSubmission,
    PersonalAttendance,
    PersonalData,
    PersonalEvent,
    PersonalOrder,
    PersonalSignature,
    ReviewState,
)
from imd_widgets.languages import Language
from imd_widgets.personal_data.actions import (
    CANCEL_ATTENDANCE,
    CANCEL_EVENT,
    CANCEL_ORDER,
    DELETE_ADDRESS,
    HIDE_NAME,
    STOP_NEWS,
    WITHDRAW,
    Action,
)
from imd_widgets.widget.options import N_

KINDS = {
    ConfirmationKind.SIGNATURE: N_("Petition"),
    ConfirmationKind.EVENT: N_("Event"),
    ConfirmationKind.ATTENDANCE: N_("Coming to an event"),
    ConfirmationKind.ORDER: N_("Order"),
}
OTHER_KIND = N_("Form")
ATTENDANCE_STATES = {
    AttendanceStatus.ACCEPTED: N_("Your place is confirmed"),
    AttendanceStatus.REQUESTED: N_("Waiting for a place"),
    AttendanceStatus.WAITING: N_("On the waiting list"),
    AttendanceStatus.DECLINED: N_("No place available"),
}
EVENT_STATES = {
    ReviewState.PENDING_REVIEW: N_("Waiting for our moderators"),
    ReviewState.PUBLIC: N_("Public"),
    ReviewState.REJECTED: N_("Not published"),
    ReviewState.CANCELLED: N_("Cancelled"),
}
ORDER_STATES = {
    OrderState.PLACED: N_("We have received your order"),
    OrderState.PAID: N_("Your order is paid"),
    OrderState.SENT: N_("Your order has been sent"),
    OrderState.CANCELLED: N_("Your order has been cancelled"),
}
SIGNATURES_NOTE = N_(
    "Your name and e-mail address are encrypted: this server cannot read them. A signature is kept "
    "for the campaign until you withdraw it."
)
ORDERS_NOTE = N_(
    "An order that is not paid can be cancelled here. A paid order is kept as long as the law on "
    "invoices requires: with any question, write to the people who run this campaign."
)
PENDING_NOTE = N_("This has no effect unless you confirm it, and is deleted after 30 days.")


@dataclass(frozen=True)
class ActionLink:
    path: str
    label: str


@dataclass(frozen=True)
class Entry:
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    actions: tuple[ActionLink, ...] = ()


@dataclass(frozen=True)
class Section:
    heading: str
    entries: tuple[Entry, ...]
    note: str = ""


def list_sections(data: PersonalData, language: Language) -> list[Section]:
    sections = _DataView(language).list_sections(data)
    return [section for section in sections if section.entries]


class _DataView:
    def __init__(self, language: Language) -> None:
        self._language = language
        self._say = language.gettext

    def list_sections(self, data: PersonalData) -> Iterator[Section]:
        yield Section(
            self._say(N_("Signatures")),
            tuple(map(self._show_signature, data.signatures)),
            self._say(SIGNATURES_NOTE),
        )
        yield Section(
            self._say(N_("Events you attend")), tuple(map(self._show_attendance, data.attendances))
        )
        yield Section(self._say(N_("Events you host")), tuple(map(self._show_event, data.events)))
        yield Section(
            self._say(N_("Orders")),
            tuple(map(self._show_order, data.orders)),
            self._say(ORDERS_NOTE),
        )
        yield Section(
            self._say(N_("Not confirmed yet")),
            tuple(map(self._show_pending, data.pending)),
            self._say(PENDING_NOTE),
        )

    def _show_signature(self, signature: PersonalSignature) -> Entry:
        facts = [
            (N_("Signed on"), self._language.date(signature.confirmed_at.date())),
            (N_("Country"), self._language.territory(signature.country)),
            (N_("Name shown in public"), signature.public_name or ""),
            (N_("News about the campaign"), self._say(N_("On")) if signature.updates else ""),
            (N_("Signed through"), signature.source or ""),
        ]
        actions = [
            *([HIDE_NAME] if signature.public_name else []),
            *([STOP_NEWS] if signature.updates else []),
            WITHDRAW,
        ]
        return self._make_entry(signature.title, facts, actions, signature.id)

    def _show_attendance(self, attendance: PersonalAttendance) -> Entry:
        state = ATTENDANCE_STATES.get(attendance.status)
        facts = [
            (N_("When"), self._format_time(attendance.starts_at, attendance.time_zone)),
            (N_("Your name"), attendance.name),
            (N_("Message to the host"), attendance.message or ""),
            (N_("Guests you will bring"), self._language.number(attendance.guests)),
            (N_("Status"), self._say(state) if state else ""),
            (N_("Kept until"), self._language.date(attendance.kept_until)),
        ]
        return self._make_entry(attendance.title, facts, [CANCEL_ATTENDANCE], attendance.id)

    def _show_event(self, event: PersonalEvent) -> Entry:
        state = EVENT_STATES.get(event.state)
        facts = [
            (N_("When"), self._format_time(event.starts_at, event.time_zone)),
            (N_("Host"), event.host),
            (N_("Status"), self._say(state) if state else ""),
            (N_("Your e-mail address is kept until"), self._language.date(event.kept_until)),
        ]
        actions = [*([CANCEL_EVENT] if event.can_be_cancelled else []), DELETE_ADDRESS]
        return self._make_entry(event.title, facts, actions, event.id)

    def _show_order(self, order: PersonalOrder) -> Entry:
        state = ORDER_STATES.get(order.state)
        price = self._language.price(order.total.decimal, order.total.currency)
        kept_until = order.kept_until and self._language.date(order.kept_until)
        facts = [
            (N_("Number of prints"), self._language.number(order.quantity)),
            (N_("Total"), price),
            (N_("Status"), self._say(state) if state else ""),
            (N_("Kept for you until"), kept_until or ""),
        ]
        actions = [CANCEL_ORDER] if order.can_be_cancelled else []
        return self._make_entry(order.title, facts, actions, order.id)

    def _show_pending(self, pending: PendingSubmission) -> Entry:
        day = self._language.date(pending.submitted_at.date())
        title = self._say(KINDS.get(pending.kind, OTHER_KIND))
        return Entry(title, ((self._say(N_("Sent on")), day),))

    def _make_entry(
        self, title: str, facts: list[tuple[str, str]], actions: list[Action], item_id: str
    ) -> Entry:
        return Entry(
            title,
            tuple((self._say(label), value) for label, value in facts if value),
            tuple(
                ActionLink(f"{action.name}/{item_id}", self._say(action.label))
                for action in actions
            ),
        )

    def _format_time(self, moment: datetime, time_zone: str) -> str:
        zone = ZoneInfo(time_zone)
        when = self._language.moment(moment, zone, style="full")
        return f"{when} ({self._language.city(zone)})"
