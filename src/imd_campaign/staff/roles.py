"""What each role may do: the only table of permissions, which every check reads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from imd_campaign.staff.errors import NotPermitted

Role: TypeAlias = Literal["moderator", "fulfilment", "admin"]
Action: TypeAlias = Literal[
    "use-own-account",
    "see-overview",
    "moderate-events",
    "decide-guests",
    "manage-orders",
    "manage-calendars",
    "see-petitions",
    "invalidate-signatures",
    "manage-keys",
    "manage-email",
    "set-switches",
    "manage-webhooks",
    "manage-staff",
    "read-audit",
]

ROLES: tuple[Role, ...] = get_args(Role)
ACTIONS: tuple[Action, ...] = get_args(Action)

FOR_ALL: frozenset[Action] = frozenset({"use-own-account", "see-overview"})
MODERATION: frozenset[Action] = frozenset({"moderate-events", "decide-guests"})
ORDERS: frozenset[Action] = frozenset({"manage-orders"})
PERMISSIONS: Mapping[str, frozenset[Action]] = MappingProxyType(
    {
        "moderator": FOR_ALL | MODERATION,
        "fulfilment": FOR_ALL | ORDERS,
        "admin": frozenset(ACTIONS),
    }
)
NOTHING: frozenset[Action] = frozenset()


def is_permitted(role: str, action: Action) -> bool:
    """Return False for a role that this version does not know."""
    return action in PERMISSIONS.get(role, NOTHING)


def require(role: str, action: Action) -> None:
    if not is_permitted(role, action):
        raise NotPermitted
