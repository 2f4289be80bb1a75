"""Decisions with a reason: who decides, and the form that is shown again without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from imd_campaign.api_keys.service import Caller
from imd_campaign.errors import AlreadyDecided
from imd_console.credentials import require_own_password
from imd_console.forms import FieldError, Form, InvalidForm, read_fields, read_reason
from imd_console.languages import N_
from imd_console.staff_request import StaffRequest

DECISION = "decision"
CHOOSE = N_("Choose one of the decisions.")
# Their reason is e-mailed to people who have asked for no decision, hundreds perhaps.
NEED_PASSWORD = frozenset({"cancel"})


@dataclass(frozen=True, slots=True)
class ChosenDecision:
    decision: str
    reason: str


def make_caller(request: StaffRequest) -> Caller:
    """Return who decides, for services that record it: an ID, and no name."""
    return Caller(request.account.id, "staff", frozenset())


def read_decision(request: StaffRequest, allowed: Sequence[str]) -> ChosenDecision:
    entered = read_fields(
        decision=partial(_read_choice, request, allowed),
        reason=partial(read_translated_reason, request),
        current=partial(_confirm_choice, request, allowed),
    )
    return ChosenDecision(entered["decision"], entered["reason"])


def _read_choice(request: StaffRequest, allowed: Sequence[str]) -> str:
    """Return a decision that is still possible; pages offer no other ones."""
    chosen = request.form.get(DECISION)
    if not chosen and allowed:
        raise InvalidForm(FieldError(DECISION, request.gettext(CHOOSE)))
    if chosen not in allowed:
        raise AlreadyDecided
    return chosen


def _confirm_choice(request: StaffRequest, allowed: Sequence[str]) -> None:
    chosen = request.form.get(DECISION)
    if chosen in NEED_PASSWORD and chosen in allowed:
        require_own_password(request)


def read_translated_reason(request: StaffRequest) -> str:
    try:
        return read_reason(request.form)
    except InvalidForm as error:
        raise InvalidForm(*translate_errors(request, error)) from None


def translate_errors(request: StaffRequest, error: InvalidForm) -> Sequence[FieldError]:
    return [FieldError(one.field, request.gettext(one.message)) for one in error.errors]


def keep_entries(form: Form, error: InvalidForm) -> Form:
    """Return the form with its errors, without a password."""
    return form.without("current", "password").with_errors(*error.errors)
