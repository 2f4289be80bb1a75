"""The entries of the navigation: pages that the role of the reader includes."""

from collections.abc import Sequence
from dataclasses import dataclass

from imd_campaign.staff.roles import Action, is_permitted
from imd_console.paths import OVERVIEW


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    path: str
    name: str
    """To translate."""

    action: Action

    def is_current(self, path: str) -> bool:
        is_below = self.path != OVERVIEW and path.startswith(f"{self.path}/")
        return is_below or path == self.path


def select_entries(entries: Sequence[NavigationEntry], role: str) -> Sequence[NavigationEntry]:
    return [entry for entry in entries if is_permitted(role, entry.action)]
