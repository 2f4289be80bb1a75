"""Signatures, events and attendances: as submitted, and what confirming them does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from imd_sdk.testing import _confirmations, _events, _guests, _petitions
from imd_sdk.testing._event_json import as_wire
from imd_sdk.testing._problems import Rejection
from imd_sdk.testing._state import (
    Event,
    Guest,
    Signature,
    choose_language,
    derive_token,
    format_time,
    mailbox,
)
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._schemas import AttendanceForm, ConfirmationForm, SignatureForm
    from imd_sdk.testing._state import ConfirmationState, Petition, State, SubmissionKind, Wire

EMAIL_SENT = "We have sent you an e-mail. "
SIGNATURE_DETAIL = "The signature counts once you have confirmed it with the link in it."
EVENT_DETAIL = "The event reaches our moderators once you have confirmed it with the link in it."
ATTENDANCE_DETAIL = "You are signed up once you have confirmed it with the link in it."


def _make_receipt(detail: str) -> Wire:
    return {"status": "confirmation_sent", "detail": EMAIL_SENT + detail}


# ------------------------------------------------------------------ signatures


def sign(state: State, request: EndpointRequest) -> Any:
    petition = _petitions.find_open(state, request.path_params["slug"])
    _confirmations.submit(state, make_signature(state, petition, request.form))
    return _make_receipt(SIGNATURE_DETAIL)


def make_signature(state: State, petition: Petition, form: SignatureForm) -> SubmittedSignature:
    entered = form.model_dump(exclude={"name", "email", "proof"}) | {
        "public": False,
        "updates": False,
    }
    box = mailbox(form.email)
    signature = Signature(state.new("sig_"), box, form.name, form.email, state.now(), entered)
    return SubmittedSignature(petition, signature)


@dataclass(slots=True)
class SubmittedSignature:
    kind: ClassVar[SubmissionKind] = "signature"
    petition: Petition
    signature: Signature

    @property
    def about(self) -> str:
        return self.petition.slug

    @property
    def name(self) -> str:
        return self.signature.name

    @property
    def email(self) -> str:
        return self.signature.email

    @property
    def is_confirmed(self) -> bool:
        return self.signature.mailbox in self.petition.signatures

    def remind(self) -> None:
        return None

    def describe(self, state: ConfirmationState) -> Wire:
        texts, entered = self.petition.texts, self.signature.chosen
        title = texts[choose_language(texts, entered["lang"])]["title"]
        country = None if state == "rejected" else entered["country"]
        return {"petition": self.petition.slug, "title": title, "country": country}

    def take_effect(self, state: State, form: ConfirmationForm) -> None:
        signature = self.signature
        signature.confirmed_at = state.now()
        signature.name = form.name or signature.name
        signature.chosen |= {"public": form.public, "updates": form.updates}
        self.petition.signatures[signature.mailbox] = signature


# ------------------------------------------------------------------ events


def submit(state: State, request: EndpointRequest) -> Any:
    if errors := _events.find_errors(request.form, state.now()):
        raise Rejection("invalid-body", *errors)
    now = state.now()
    event = Event(state.new("evt_"), request.form, "pending", now, now)
    event.token = derive_token(event.id)
    _confirmations.submit(state, SubmittedEvent(event))
    return _make_receipt(EVENT_DETAIL)


@dataclass(slots=True)
class SubmittedEvent:
    kind: ClassVar[SubmissionKind] = "event"
    event: Event

    @property
    def about(self) -> str:
        return self.event.id

    @property
    def name(self) -> str:
        return self.event.form.host.name

    @property
    def email(self) -> str:
        return self.event.form.host.email

    @property
    def is_confirmed(self) -> bool:
        return self.event.state != "pending"

    def remind(self) -> None:
        return None

    def describe(self, state: ConfirmationState) -> Wire:
        names = ("title", "description", "starts_at", "time_zone", "url", "place")
        event_wire = as_wire(self.event, exact=True)
        place = self.event.form.place
        pending = {
            **{name: event_wire[name] for name in names},
            "private": place is not None and place.private,
            "capacity": event_wire["capacity"],
        }
        return {
            **(pending if state == "pending" else dict.fromkeys(pending)),
            "event": self.event.id if state == "confirmed" else None,
        }

    def take_effect(self, state: State, form: ConfirmationForm) -> None:
        event, now = self.event, state.now()
        event.form.host.name = form.name or event.form.host.name
        event.state, event.created_at, event.updated_at = "pending_review", now, now
        state.events[event.id] = event
        _events.email_host(state, event, "received")


# ------------------------------------------------------------------ attendances


def attend(state: State, request: EndpointRequest) -> Any:
    event, form = _events.find_open(state, request.path_params["event_id"]), request.form
    _confirmations.submit(state, SubmittedAttendance(event, make_guest(state, event, form)))
    return _make_receipt(ATTENDANCE_DETAIL)


def make_guest(state: State, event: Event, form: AttendanceForm) -> Guest:
    identity = state.new("att_")
    return Guest(
        identity,
        event.id,
        mailbox(form.email),
        form.name,
        form.email,
        form.guests,
        "pending",
        state.now(),
        form.message if event.private else None,
        derive_token(identity),
    )


@dataclass(slots=True)
class SubmittedAttendance:
    kind: ClassVar[SubmissionKind] = "attendance"
    event: Event
    guest: Guest

    @property
    def about(self) -> str:
        return self.event.id

    @property
    def name(self) -> str:
        return self.guest.name

    @property
    def email(self) -> str:
        return self.guest.email

    @property
    def is_confirmed(self) -> bool:
        return self.guest.mailbox in self.event.guests

    def remind(self) -> Email:
        listed = self.event.guests[self.guest.mailbox]
        if listed.status == "declined":
            return Email("declined", self.email, self.about)
        is_same = self.email.casefold() == listed.email.casefold()
        token = listed.token if is_same else None
        return Email("attending", self.email, self.about, own_token=token)

    def describe(self, state: ConfirmationState) -> Wire:
        form, listed = self.event.form, self.event.guests.get(self.guest.mailbox)
        return {
            "event": self.event.id,
            "title": form.title,
            "starts_at": format_time(form.starts_at),
            "time_zone": form.time_zone,
            "guests": self.guest.guests if state == "pending" else None,
            "message": self.guest.message if state == "pending" else None,
            "private": self.event.private,
            "status": listed.status if listed and state == "confirmed" else None,
        }

    def take_effect(self, state: State, form: ConfirmationForm) -> None:
        event, guest = _events.find_open(state, self.event.id), self.guest
        guest.name, guest.created_at = form.name or guest.name, state.now()
        guest.status = choose_status(event, guest)
        event.guests[guest.mailbox] = guest
        _events.email_guest(state, event, guest)
        if event.private:
            _guests.note_request(state, event)


def choose_status(event: Event, guest: Guest) -> str:
    if event.private:
        return "requested"
    return "accepted" if event.left is None or 1 + guest.guests <= event.left else "waiting"
