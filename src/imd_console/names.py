"""What roles, kinds, states and actions are called on pages."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

from imd_console.languages import N_
from imd_locale.countries import COUNTRIES
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
# A new event has no note of its own: its state says that it waits.
CALENDAR_NOTES = {
    "changed": N_("Changed in the calendar"),
    "cancelled": N_("Cancelled in the calendar"),
    "vanished": N_("Not in the calendar any more"),
    "different": N_("Changed in a way that cannot be proposed here: look at the calendar"),
    "home": N_("Probably a private home"),
    "moved": N_("Probably moved to a private home: the place here has not changed"),
    "duplicate": N_("Probably a duplicate"),
}
GUEST_STATES = {
    "requested": N_("Asks to come"),
    "accepted": N_("Accepted"),
    "waiting": N_("On the waiting list"),
    "declined": N_("Declined"),
}
PETITION_STATES = {
    "open": N_("Open"),
    "upcoming": N_("Not open yet"),
    "closed": N_("Closed"),
}
LINES = {
    "confirmed": N_("By an e-mail that we sent"),
    "attested": N_("By a partner"),
    "paper": N_("On paper"),
}
INVALIDATION_STATES = {
    "done": N_("Not counted"),
    "stopped": N_("Stopped half-way: undo it, or choose the rest again"),
    "undone": N_("Undone: counted again"),
    "undo-stopped": N_("Undoing stopped half-way: undo it again"),
}
ORDER_STATES = {
    "placed": N_("Not paid"),
    "paid": N_("Paid"),
    "sent": N_("Sent"),
    "cancelled": N_("Cancelled"),
    "expired": N_("Expired"),
    "refunded": N_("Paid back"),
    "paid_late": N_("Paid too late"),
}
EMAIL_STATES = {
    "queued": N_("Waiting"),
    "sent": N_("Sent"),
    "failed": N_("Could not be delivered"),
    "unknown": N_("Perhaps sent, perhaps not"),
    "suppressed": N_("Not sent: the address had bounced"),
    "dropped": N_("Not sent: dropped after a restore"),
}
WEBHOOK_STATES = {
    "active": N_("Active"),
    "disabled": N_("Disabled"),
}
DISABLED_REASONS = {
    "failing": N_("every attempt had failed for five days"),
    "gone": N_("the receiver said that it is gone for good"),
}
DELIVERY_STATES = {
    "queued": N_("Waiting"),
    "delivered": N_("Delivered"),
    "failed": N_("Could not be delivered"),
    "superseded": N_("Replaced by a newer one"),
}
BOUNCE_REASONS = {
    "no_mailbox": N_("The mailbox does not exist or is closed"),
    "cannot_receive": N_("The mailbox is full or cannot be reached"),
}
ACTIONS = {
    "use-own-account": N_("Use their own account"),
    "see-overview": N_("See the overview"),
    "moderate-events": N_("Decide on events and their changes"),
    "decide-guests": N_("Decide on guests of events that staff run"),
    "manage-orders": N_("See orders, and mark them as paid, sent or cancelled"),
    "manage-calendars": N_("Add and remove calendars"),
    "see-petitions": N_("See petitions and totals"),
    "invalidate-signatures": N_("Invalidate signatures, and undo it"),
    "manage-keys": N_("Manage partners and API keys"),
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
    "note": CALENDAR_NOTES,
    "guest": GUEST_STATES,
    "petition": PETITION_STATES,
    "line": LINES,
    "invalidation": INVALIDATION_STATES,
    "order": ORDER_STATES,
    "email": EMAIL_STATES,
    "bounce": BOUNCE_REASONS,
    "webhook": WEBHOOK_STATES,
    "disabled": DISABLED_REASONS,
    "delivery": DELIVERY_STATES,
    "action": ACTIONS,
}


def list_countries(language: TranslatedLanguage) -> Sequence[tuple[str, str]]:
    """Return the code and the name of each country, sorted by name."""
    names = {code: language.territory(code) for code in COUNTRIES}
    return sorted(names.items(), key=itemgetter(1))


def describe(language: TranslatedLanguage, value: str, group: str) -> str:
    """Return the name of a value; a value that this version does not know is its own name."""
    known = NAMES[group].get(value)
    return language.gettext(known) if known else value
