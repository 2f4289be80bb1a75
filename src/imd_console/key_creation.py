"""New API keys: the scopes that forms offer, and the notice that shows a key once."""

from collections.abc import Collection

from imd_console.forms import FieldError, InvalidForm
from imd_console.languages import N_
from imd_console.staff_request import StaffRequest

FIELD = "scopes"
CREATED = N_("The key was created. Copy it now: it is not shown again.")
SCOPE_NEEDED = N_("Choose at least one thing that the key may do.")
SCOPE_NAMES = {
    "signatures:read": N_("Read signatures, with the names sealed"),
    "signatures:write": N_("Submit signatures, up to a quota of its own"),
    "signatures:attest": N_("Add signatures that the partner has verified itself"),
    "partners:read": N_("Read the numbers of the partner's own source"),
    "submissions:relay": N_("Submit forms for visitors, with their network address"),
    "events:moderate": N_("See submitted events and guests, and decide on them"),
    "orders:manage": N_("See orders of posters, with the buyers sealed, and decide on them"),
    "webhooks:manage": N_("Subscribe to webhooks"),
    "bounces:report": N_("Report e-mails that bounced"),
}
PARTNER_SCOPES = ("partners:read", "signatures:attest", "signatures:write")
"""Scopes of a key that belongs to a partner and its source."""

OTHER_SCOPES = (
    "signatures:read",
    "signatures:write",
    "submissions:relay",
    "events:moderate",
    "orders:manage",
    "webhooks:manage",
    "bounces:report",
)


def read_scopes(request: StaffRequest, offered: Collection[str]) -> list[str]:
    chosen = [scope for scope in request.form.get_all(FIELD) if scope in offered]
    if not chosen:
        raise InvalidForm(FieldError(FIELD, request.gettext(SCOPE_NEEDED)))
    return chosen
