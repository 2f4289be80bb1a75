"""The list of pages, in the order of the navigation. A new page is a module and a line here."""

from collections.abc import Sequence

from imd_console.page import Page
from imd_console.pages import (
    account,
    audit,
    calendars,
    changes,
    email,
    events,
    guests,
    invalidations,
    invitation,
    keys,
    login,
    orders,
    overview,
    partners,
    petitions,
    staff,
    switches,
    webhooks,
)

PAGES: Sequence[Page] = (
    *overview.PAGES,
    *events.PAGES,
    *changes.PAGES,
    *calendars.PAGES,
    *guests.PAGES,
    *orders.PAGES,
    *petitions.PAGES,
    *invalidations.PAGES,
    *email.PAGES,
    *partners.PAGES,
    *keys.PAGES,
    *webhooks.PAGES,
    *switches.PAGES,
    *staff.PAGES,
    *audit.PAGES,
    *account.PAGES,
    *login.PAGES,
    *invitation.PAGES,
)
