"""Confirmations: the owner of a mailbox decides on what was entered with its address."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._field_types import CODE_ALPHABET
from imd_sdk.testing._problems import FieldError, Rejection, find, not_found
from imd_sdk.testing._state import Confirmation, Submission, format_time, mailbox
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from datetime import datetime

    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._schemas import ConfirmationForm
    from imd_sdk.testing._state import EmailedForm, State, SubmissionKind, Wire

LIFETIME, PERSONAL_LIFETIME = timedelta(days=7), timedelta(hours=24)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAX_EMAILS = {HOUR: 3, DAY: 6}
MAX_ATTEMPTS = 100
TOO_MANY_CODES = (
    "Up to 100 codes may be tried for one mailbox within an hour. Try again after the time in "
    "Retry-After, or open the link in the e-mail."
)
KNOWN: dict[str, Any] = {"signature": "signed", "attendance": "attending"}
"""The e-mails to mailboxes that have confirmed the same before."""


# ------------------------------------------------------------------ forms and their e-mails


def submit(state: State, submission: EmailedForm) -> None:
    """Record a form, and send its e-mail as soon as its mailbox may have one."""
    box = mailbox(submission.email)
    if box in state.blocked:
        return
    key = (box, submission.kind, submission.about)
    if (earlier := state.waiting.pop(key, None)) is not None:
        del state.confirmations[earlier.token]
    state.waiting[key] = add(state, submission)
    send_waiting(state)


def add(state: State, submission: EmailedForm, token: str | None = None) -> Confirmation:
    token = token or state.new("")
    now = state.now()
    confirmation = Confirmation(token, _code_of(token), submission, now, now + LIFETIME)
    state.confirmations[token] = confirmation
    return confirmation


def list_pending(state: State, kind: SubmissionKind) -> list[Any]:
    """List what waits for confirmation: the newest form of each mailbox, petition and event."""
    pending = [found for found in state.confirmations.values() if found.state == "pending"]
    newest = {
        (found.mailbox, found.submission.about): found.submission
        for found in pending
        if found.submission.kind == kind
    }
    return list(newest.values())


def _code_of(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()
    return "".join(CODE_ALPHABET[byte % 32] for byte in digest[:8])


def send_waiting(state: State) -> None:
    """Send the e-mails that their mailboxes may have by now."""
    for key, confirmation in list(state.waiting.items()):
        sent = state.emailed_at.setdefault(confirmation.mailbox, [])
        if all(_count_since(state, sent, span) < most for span, most in MAX_EMAILS.items()):
            del state.waiting[key]
            sent.append(state.now())
            confirmation.expires_at = state.now() + _lifetime_of(confirmation)
            state.mail.append(_email(confirmation))


def _lifetime_of(confirmation: Confirmation) -> timedelta:
    return LIFETIME if isinstance(confirmation.submission, Submission) else PERSONAL_LIFETIME


def _count_since(state: State, moments: list[datetime], span: timedelta) -> int:
    return sum(state.now() - moment < span for moment in moments)


def _email(confirmation: Confirmation) -> Email:
    submission = confirmation.submission
    if not isinstance(submission, Submission):
        return Email("personal_link", submission.email, "", token=confirmation.token)
    kind: Any = submission.kind
    if submission.is_confirmed:
        return submission.remind() or Email(KNOWN[kind], submission.email, submission.about)
    return Email(
        "confirm",
        submission.email,
        submission.about,
        confirms=kind,
        token=confirmation.token,
        code=f"{confirmation.code[:4]}-{confirmation.code[4:]}",
    )


# ------------------------------------------------------------------ the owner decides


def get(state: State, request: EndpointRequest) -> Wire:
    return _as_wire(_find(state, request))


def confirm(state: State, request: EndpointRequest) -> Wire:
    confirmation = _find(state, request)
    if confirmation.state == "rejected":
        raise Rejection("already-decided")
    if confirmation.state == "pending":
        submission = _get_submission(confirmation)
        _check_fields(submission, request.form)
        submission.take_effect(state, request.form)
        _end(state, confirmation)
    return _as_wire(confirmation)


def _end(state: State, confirmation: Confirmation) -> None:
    """End all that the mailbox has been asked about the same petition or event."""
    state.waiting.pop(confirmation.key, None)
    for other in state.confirmations.values():
        if other.key == confirmation.key and not other.is_rejected:
            other.is_ended = True


def _check_fields(submission: Submission, form: ConfirmationForm) -> None:
    errors = []
    if submission.kind != "signature":
        errors += _list_given(form, ("public", "updates"), "is asked for signatures only.")
    if submission.kind != "order":
        errors += _list_given(form, ("edition", "quantity"), "is for orders only.")
    if errors:
        raise Rejection("invalid-body", *errors)


def _list_given(form: ConfirmationForm, names: tuple[str, ...], message: str) -> list[FieldError]:
    return [FieldError("body", name, message) for name in names if getattr(form, name)]


def reject(state: State, request: EndpointRequest) -> Wire:
    """Reject all that waits for this mailbox."""
    confirmation = _find(state, request)
    if confirmation.state == "confirmed":
        raise Rejection("already-decided")
    block(state, confirmation.mailbox)
    return _as_wire(confirmation)


def block(state: State, box: str) -> None:
    """Reject all that waits for a mailbox, and send it no more e-mail."""
    for other in state.confirmations.values():
        if other.mailbox == box and other.state == "pending":
            other.is_rejected = True
    state.blocked.add(box)
    state.waiting = {key: other for key, other in state.waiting.items() if key[0] != box}
    _stop_news(state, box)


def _stop_news(state: State, box: str) -> None:
    for petition in state.petitions.values():
        if signature := petition.signatures.get(box):
            signature.chosen["updates"] = False


def undo_rejection(state: State, request: EndpointRequest) -> Response:
    confirmation = _find(state, request)
    if confirmation.state != "rejected":
        raise not_found()
    state.blocked.discard(confirmation.mailbox)
    return request.respond(204, {}, b"")


def unsubscribe(state: State, request: EndpointRequest) -> Response:
    """Reject what is not confirmed; of a confirmed signature, which stays, stop the news."""
    confirmation = _find_known(state, request)
    if confirmation.state != "confirmed":
        block(state, confirmation.mailbox)
    elif confirmation.submission.kind == "signature":
        _stop_news(state, confirmation.mailbox)
    return request.respond(204, {}, b"")


def find_by_code(state: State, request: EndpointRequest) -> Wire:
    box = mailbox(request.form.email)
    _count_attempt(state, box)
    for confirmation in state.confirmations.values():
        pair = confirmation.mailbox, confirmation.code
        is_found = pair == (box, request.form.code) and _is_open(state, confirmation)
        if is_found and isinstance(confirmation.submission, Submission):
            return {"token": confirmation.token}
    raise not_found()


def _count_attempt(state: State, box: str) -> None:
    earlier = state.attempts_at.get(box, [])
    recent = [moment for moment in earlier if state.now() - moment < HOUR]
    if len(recent) >= MAX_ATTEMPTS:
        wait = recent[0] + HOUR - state.now()
        headers = {"retry-after": f"{wait.total_seconds():.0f}"}
        raise Rejection("rate-limited", detail=TOO_MANY_CODES, headers=headers)
    state.attempts_at[box] = [*recent, state.now()]


def _find(state: State, request: EndpointRequest) -> Confirmation:
    confirmation = _find_known(state, request)
    if confirmation.state == "pending" and state.now() >= confirmation.expires_at:
        raise Rejection("confirmation-expired")
    return confirmation


def _find_known(state: State, request: EndpointRequest) -> Confirmation:
    """Find what a token is about, also if it has expired."""
    confirmation = find(state.confirmations, request.path_params["token"])
    _get_submission(confirmation)
    return confirmation


def _get_submission(confirmation: Confirmation) -> Submission:
    """Return what a token confirms; the link to personal data confirms nothing."""
    if not isinstance(confirmation.submission, Submission):
        raise not_found()
    return confirmation.submission


def _is_open(state: State, confirmation: Confirmation) -> bool:
    return confirmation.state == "pending" and state.now() < confirmation.expires_at


def _as_wire(confirmation: Confirmation) -> Wire:
    submission, state = _get_submission(confirmation), confirmation.state
    return {
        "kind": submission.kind,
        "state": state,
        "name": submission.name if state == "pending" else None,
        "expires_at": format_time(confirmation.expires_at) if state == "pending" else None,
        **submission.describe(state),
    }
