"""What roles, kinds, states and actions are called on pages."""

from collections.abc import Mapping

from imd_console.languages import N_
from imd_locale.translated_language import TranslatedLanguage

ROLES = {
    "moderator": N_("Moderator"),
    "fulfilment": N_("Fulfilment"),
    "admin": N_("Administrator"),
}
ROLE_DUTIES = {
    "moderator": N_("Decides on events, on their changes, and on guests."),
    "fulfilment": N_("Sees orders of posters, and marks them as paid and sent."),
    "admin": N_("Can do everything, and manages accounts."),
}
EVENT_KINDS = {
    "action": N_("Action"),
    "gathering": N_("Gathering"),
    "vigil": N_("Vigil"),
    "potluck": N_("Potluck"),
    "rally": N_("Rally"),
    "march": N_("March"),
    "press": N_("Press event"),
    "online": N_("Online event"),
    "other": N_("Other"),
}
EVENT_STATES = {
    "pending_review": N_("Waiting for review"),
    "public": N_("Public"),
    "rejected": N_("Rejected"),
    "cancelled": N_("Cancelled"),
}
GUEST_STATES = {
    "requested": N_("Asks to come"),
    "accepted": N_("Accepted"),
    "waiting": N_("On the waiting list"),
    "declined": N_("Declined"),
}
ACTIONS = {
    "use-own-account": N_("Use their own account"),
    "see-overview": N_("See the overview"),
    "moderate-events": N_("Decide on events and their changes"),
    "decide-guests": N_("Decide on guests of events that staff run"),
    "manage-orders": N_("See orders, and mark them as paid, sent or cancelled"),
    "see-petitions": N_("See petitions and totals"),
    "invalidate-signatures": N_("Invalidate signatures, and undo it"),
    "manage-keys": N_("Manage the API keys of partners"),
    "manage-email": N_("See the e-mail queue, and unblock mailboxes"),
    "set-switches": N_("Set the switches of the campaign"),
    "manage-webhooks": N_("Manage webhooks"),
    "manage-staff": N_("Manage staff accounts"),
    "read-audit": N_("Read the audit log"),
}
NAMES: Mapping[str, Mapping[str, str]] = {
    "role": ROLES,
    "duty": ROLE_DUTIES,
    "kind": EVENT_KINDS,
    "state": EVENT_STATES,
    "guest": GUEST_STATES,
    "action": ACTIONS,
}


def describe(language: TranslatedLanguage, value: str, group: str) -> str:
    """Return the name of a value; a value that this version does not know is its own name."""
    known = NAMES[group].get(value)
    return language.gettext(known) if known else value
