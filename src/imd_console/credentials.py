"""The fields of a new password and a new authenticator app, which two pages share."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.staff import accounts, one_time_codes, passwords
from imd_campaign.staff.errors import InvalidField
from imd_console.forms import FieldError, Form, InvalidForm
from imd_console.languages import N_
from imd_console.qr_code import make_qr_code
from imd_console.staff_request import StaffRequest

PROBLEMS: Mapping[tuple[str, str], str] = {
    ("password", passwords.TOO_SHORT): N_(
        "Use at least 12 characters. Four random words are a good choice."
    ),
    ("password", passwords.TOO_LONG): N_("Use at most 200 characters."),
    ("password", passwords.TOO_SIMPLE): N_("This password is easy to guess. Choose another one."),
    ("code", accounts.WRONG_CODE): N_(
        "This code is not right. Wait for the next one, and check the clock of your phone."
    ),
    ("current", accounts.WRONG_PASSWORD): N_("This is not your password."),
    ("email", accounts.ADDRESS_TAKEN): N_("There is an account with this address already."),
}
NONCE = "nonce"
MAX_NONCE_LENGTH = 64


def to_field_error(request: StaffRequest, error: InvalidField) -> FieldError:
    return FieldError(error.field, request.gettext(PROBLEMS[error.field, error.problem]))


def read_nonce(form: Form) -> str:
    """Return what the shown QR code was made from; a new one if it was left out."""
    nonce = form.get(NONCE)
    return nonce if 0 < len(nonce) <= MAX_NONCE_LENGTH else one_time_codes.new_nonce()


def make_app_values(request: StaffRequest, owner: str, nonce: str, name: str) -> dict[str, Any]:
    """Return what a page shows to set up an authenticator app."""
    secret = one_time_codes.derive_secret(request.context, owner, nonce)
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return {
        "nonce": nonce,
        "qr_code": make_qr_code(one_time_codes.make_uri(secret, name)),
        "secret": " ".join(groups),
    }


def require_own_password(request: StaffRequest) -> Mapping[Any, Any]:
    """Ask for the password again, so that an unattended phone is not enough.

    Returns the account as it was when its password was confirmed.
    """
    password = request.form.get("current")
    try:
        return accounts.confirm_password(
            request.context, request.account.id, request.session.id, password
        )
    except InvalidField as error:
        raise InvalidForm(to_field_error(request, error)) from None
