"""Confirmations: the owner of a mailbox decides on what was entered with its address."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from imd_sdk.testing._field_types import CODE_ALPHABET
from imd_sdk.testing._problems import Rejection, find, not_found
from imd_sdk.testing._state import Confirmation, Signature, choose_language, format_time, mailbox
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from datetime import datetime

    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._schemas import ConfirmationForm, SignatureForm
    from imd_sdk.testing._state import Petition, State, Wire

LIFETIME = timedelta(days=7)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAX_EMAILS = {HOUR: 3, DAY: 6}
MAX_ATTEMPTS = 100


# ------------------------------------------------------------------ forms and their e-mails


def submit(state: State, petition: Petition, form: SignatureForm) -> None:
    """Record a form, and send its e-mail as soon as its mailbox may have one."""
    box = mailbox(form.email)
    if box in state.blocked:
        return
    state.waiting.pop((box, petition.slug), None)
    state.waiting[box, petition.slug] = add(state, petition, form)
    send_waiting(state)


def add(
    state: State, petition: Petition, form: SignatureForm, token: str | None = None
) -> Confirmation:
    now = state.now()
    signature = Signature(
        state.new("sig_"), mailbox(form.email), form.name, form.email, now, _entered(form)
    )
    token = token or state.new("")
    confirmation = Confirmation(token, _code_of(token), petition, signature, now + LIFETIME)
    state.confirmations[token] = confirmation
    return confirmation


def _entered(form: SignatureForm) -> Wire:
    return form.model_dump(exclude={"name", "email"}) | {"public": False, "updates": False}


def _code_of(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()
    return "".join(CODE_ALPHABET[byte % 32] for byte in digest[:8])


def send_waiting(state: State) -> None:
    """Send the e-mails that their mailboxes may have by now."""
    for key, confirmation in list(state.waiting.items()):
        sent = state.emailed_at.setdefault(confirmation.signature.mailbox, [])
        if all(_count_since(state, sent, span) < most for span, most in MAX_EMAILS.items()):
            del state.waiting[key]
            sent.append(state.now())
            confirmation.expires_at = state.now() + LIFETIME
            state.mail.append(_email(confirmation))


def _count_since(state: State, moments: list[datetime], span: timedelta) -> int:
    return sum(state.now() - moment < span for moment in moments)


def _email(confirmation: Confirmation) -> Email:
    to, about = confirmation.signature.email, confirmation.petition.slug
    if confirmation.state == "confirmed":
        return Email("signed", to, about)
    code = f"{confirmation.code[:4]}-{confirmation.code[4:]}"
    return Email("confirm", to, about, token=confirmation.token, code=code)


# ------------------------------------------------------------------ the owner decides


def get(state: State, request: EndpointRequest) -> Wire:
    return _as_wire(_find(state, request))


def confirm(state: State, request: EndpointRequest) -> Wire:
    confirmation = _find(state, request)
    if confirmation.state == "rejected":
        raise Rejection("confirmation-expired")
    if confirmation.state == "pending":
        record(state, confirmation, request.form)
    return _as_wire(confirmation)


def record(state: State, confirmation: Confirmation, form: ConfirmationForm) -> None:
    signature = confirmation.signature
    signature.confirmed_at = state.now()
    signature.name = form.name or signature.name
    signature.chosen |= {"public": form.public, "updates": form.updates}
    confirmation.petition.signatures[signature.mailbox] = signature


def reject(state: State, request: EndpointRequest) -> Wire:
    confirmation = _find(state, request)
    if confirmation.state == "confirmed":
        raise Rejection("already-decided")
    box = confirmation.signature.mailbox
    confirmation.is_rejected = True
    state.blocked.add(box)
    state.waiting = {key: other for key, other in state.waiting.items() if key[0] != box}
    return _as_wire(confirmation)


def undo_rejection(state: State, request: EndpointRequest) -> Response:
    confirmation = _find(state, request)
    if confirmation.state != "rejected":
        raise not_found()
    state.blocked.discard(confirmation.signature.mailbox)
    return request.respond(204, {}, b"")


def find_by_code(state: State, request: EndpointRequest) -> Wire:
    box = mailbox(request.form.email)
    _count_attempt(state, box)
    for confirmation in state.confirmations.values():
        pair = confirmation.signature.mailbox, confirmation.code
        if pair == (box, request.form.code) and _is_open(state, confirmation):
            return {"token": confirmation.token}
    raise not_found()


def _count_attempt(state: State, box: str) -> None:
    earlier = state.attempts_at.get(box, [])
    recent = [moment for moment in earlier if state.now() - moment < HOUR]
    if len(recent) >= MAX_ATTEMPTS:
        wait = recent[0] + HOUR - state.now()
        raise Rejection("rate-limited", headers={"retry-after": f"{wait.total_seconds():.0f}"})
    state.attempts_at[box] = [*recent, state.now()]


def _find(state: State, request: EndpointRequest) -> Confirmation:
    confirmation = find(state.confirmations, request.path_params["token"])
    if confirmation.state == "pending" and state.now() >= confirmation.expires_at:
        raise Rejection("confirmation-expired")
    return confirmation


def _is_open(state: State, confirmation: Confirmation) -> bool:
    return confirmation.state == "pending" and state.now() < confirmation.expires_at


def _as_wire(confirmation: Confirmation) -> Wire:
    pending = confirmation.state == "pending"
    texts, signature = confirmation.petition.texts, confirmation.signature
    return {
        "kind": "signature",
        "state": confirmation.state,
        "petition": confirmation.petition.slug,
        "title": texts[choose_language(texts, signature.chosen["lang"])]["title"],
        "name": signature.name if pending else None,
        "expires_at": format_time(confirmation.expires_at) if pending else None,
    }
