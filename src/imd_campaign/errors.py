# ruff: noqa: N818 the names say what happened
"""Domain errors; `web.problems` maps them to HTTP responses.

CampaignError
├── NotFound
├── Unauthorized
├── InvalidSignature
├── Forbidden (scope)
├── RateLimited (retry_after)
├── InvalidRequest (errors)
│   ├── InvalidParameter
│   └── InvalidBody
├── Conflict
│   ├── CampaignClosed
│   ├── PetitionClosed
│   ├── EventClosed
│   ├── SoldOut (available)
│   ├── OrderLimitReached (available)
│   ├── AlreadyDecided
│   ├── WebhookLimitReached
│   ├── IdempotencyInFlight (retry_after)
│   └── IdempotencyKeyReused
├── Expired
│   ├── ConfirmationExpired
│   ├── PersonalLinkExpired
│   └── ReservationExpired
├── QueueFull (retry_after)
├── Busy (retry_after)
├── ReadOnly (retry_after)
└── Unavailable (retry_after)
    └── SecretsMismatch
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FieldError:
    in_: Literal["path", "query", "header", "body"]
    field: str
    message: str


class CampaignError(Exception):
    detail: str | None = None

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or type(self).detail)
        self.detail = detail or type(self).detail

    @property
    def extra(self) -> dict[str, object]:
        return {}


class NotFound(CampaignError):
    pass


class Unauthorized(CampaignError):
    pass


class InvalidSignature(CampaignError):
    """A message that is not signed with the secret of the checkout, or too old."""


class Forbidden(CampaignError):
    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs a key with the scope {scope}.")
        self.scope = scope

    @property
    def extra(self) -> dict[str, object]:
        return {"scope": self.scope}


class RateLimited(CampaignError):
    """`detail` names the limit, so that the caller knows how much is allowed."""

    def __init__(self, retry_after: int, detail: str) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class InvalidRequest(CampaignError):
    def __init__(self, *errors: FieldError) -> None:
        super().__init__(" ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors

    @property
    def extra(self) -> dict[str, object]:
        return {
            "errors": [
                {"in": error.in_, "field": error.field, "message": error.message}
                for error in self.errors
            ]
        }


class InvalidParameter(InvalidRequest):
    pass


class InvalidBody(InvalidRequest):
    pass


class Conflict(CampaignError):
    pass


class CampaignClosed(Conflict):
    pass


class PetitionClosed(Conflict):
    pass


class EventClosed(Conflict):
    pass


class SoldOut(Conflict):
    def __init__(self, available: int) -> None:
        super().__init__()
        self.available = available

    @property
    def extra(self) -> dict[str, object]:
        return {"available": self.available}


class OrderLimitReached(Conflict):
    """`available` is how many more prints of this edition the mailbox may have on order."""

    def __init__(self, available: int) -> None:
        super().__init__()
        self.available = available

    @property
    def extra(self) -> dict[str, object]:
        return {"available": self.available}


class AlreadyDecided(Conflict):
    pass


class WebhookLimitReached(Conflict):
    pass


class IdempotencyInFlight(Conflict):
    retry_after = 1


class IdempotencyKeyReused(Conflict):
    pass


class Expired(CampaignError):
    pass


class ConfirmationExpired(Expired):
    pass


class PersonalLinkExpired(Expired):
    pass


class ReservationExpired(Expired):
    pass


class QueueFull(CampaignError):
    retry_after = 60


class Busy(CampaignError):
    retry_after = 120


class ReadOnly(CampaignError):
    retry_after = 300


class Unavailable(CampaignError):
    retry_after = 5


class SecretsMismatch(Unavailable):
    """The message is for the people who run the server; clients do not see it."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.args = (message,)
