"""A page of the console: its path, what a role needs for it, and its views."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.responses import Response

from imd_campaign.staff.roles import Action
from imd_console.staff_request import StaffRequest

View: TypeAlias = Callable[[StaffRequest], Response]
"""Runs in a thread, so it may wait for the database."""


@dataclass(frozen=True, slots=True)
class Page:
    """Views for GET and POST; `action` is None for people who have not signed in."""

    path: str
    action: Action | None
    get: View | None = None
    post: View | None = None
    navigation: str | None = None
    """The name in the navigation, to translate; None if the page is not listed."""

    works_read_only: bool = False
    """Whether its form also works while the campaign is read-only or closed."""
