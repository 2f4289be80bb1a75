"""The errors of the SDK, as a tree.

::

    ImdError
    ├── NotSent                      no request reached the server: it has done nothing
    │   └── NotSentInTime            … because the deadline passed
    ├── OutcomeUnknown               a request was sent, but no complete response came
    │   └── NoResponseInTime         … because the deadline passed
    ├── DeadlineExceeded             either of the two ``…InTime``
    ├── StatusError                  the server responded with an error status
    │   ├── InvalidRequest           400, 422: a parameter or a field
    │   │   └── IdempotencyKeyReused 422: the key was used for another request
    │   ├── Unauthorized             401
    │   ├── Forbidden                403
    │   ├── NotFound                 404
    │   ├── Conflict                 409
    │   │   ├── CampaignClosed
    │   │   ├── PetitionClosed
    │   │   ├── EventClosed
    │   │   ├── SoldOut
    │   │   ├── OrderLimitReached
    │   │   ├── AlreadyDecided
    │   │   └── IdempotencyInFlight
    │   ├── Gone                     410
    │   │   ├── ConfirmationExpired
    │   │   ├── PersonalLinkExpired
    │   │   └── ReservationExpired
    │   ├── RateLimited              429
    │   └── ServerError              5xx
    └── UnexpectedResponse           a success that the SDK cannot read

Every error can be pickled and copied, with its ``__cause__``. No error contains an API key, a
header or a value of the request, except the ``Idempotency-Key``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AlreadyDecided",
    "CampaignClosed",
    "ConfirmationExpired",
    "Conflict",
    "DeadlineExceeded",
    "EventClosed",
    "FieldError",
    "Forbidden",
    "Gone",
    "IdempotencyInFlight",
    "IdempotencyKeyReused",
    "ImdError",
    "InvalidRequest",
    "NoResponseInTime",
    "NotFound",
    "NotSent",
    "NotSentInTime",
    "OrderLimitReached",
    "OutcomeUnknown",
    "PersonalLinkExpired",
    "PetitionClosed",
    "Problem",
    "RateLimited",
    "ReservationExpired",
    "ServerError",
    "SoldOut",
    "StatusError",
    "Unauthorized",
    "UnexpectedResponse",
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field of a request; it never contains the value."""

    in_: str
    """``path``, ``query``, ``header`` or ``body``."""
    field: str
    """The field, as a dotted path: ``place.latitude``."""
    message: str
    """What is wrong with it, in words for a person."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The server's description of an error (RFC 9457)."""

    name: str | None
    """The last part of ``type``, such as ``petition-closed``; None if the response has no type."""
    title: str
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Every other member of the problem, such as ``available`` of ``sold-out``."""


class ImdError(Exception):
    """The base of all errors of a call; an invalid argument is a ValueError or TypeError."""

    def __init__(
        self, message: str, *, request_id: str | None = None, idempotency_key: str | None = None
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
        """The server's id of the request (``X-Request-Id``); quote it when you ask for help."""
        self.idempotency_key = idempotency_key
        """The key that a POST was sent with: pass it again to finish the call. None for a GET."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__, self.__cause__)


def _restore(
    kind: type[ImdError],
    args: tuple[Any, ...],
    state: dict[str, Any],
    cause: BaseException | None,
) -> ImdError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    error.__cause__ = cause
    return error


class NotSent(ImdError):
    """No request reached the server, so it has done nothing; it is safe to call again."""


class OutcomeUnknown(ImdError):
    """A request was sent, but no complete response came: the server may have carried it out.

    Call again with the same arguments and ``idempotency_key=error.idempotency_key``, from this or
    another process: within 24 hours the server carries it out once, and repeats its first
    response. A GET has no key and can simply be repeated.
    """


class DeadlineExceeded(ImdError):
    """The ``deadline`` passed; the error is also a NotSent or an OutcomeUnknown."""


class NotSentInTime(NotSent, DeadlineExceeded):
    """The deadline passed before a request was sent: the server has done nothing."""


class NoResponseInTime(OutcomeUnknown, DeadlineExceeded):
    """The deadline passed after a request was sent: the server may have carried it out."""


class StatusError(ImdError):
    """The server responded with an error status, 400 to 599."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        problem: Problem,
        retry_after: float | None = None,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, idempotency_key=idempotency_key)
        self.status = status
        """The HTTP status."""
        self.problem = problem
        """The reason, as stated by the server."""
        self.retry_after = retry_after
        """Seconds to wait before the next request (RFC 9110, 10.2.3); None if not stated."""

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """The invalid fields; empty if the error is not about fields."""
        return self.problem.errors


class InvalidRequest(StatusError):
    """400 or 422: a parameter or a field is invalid; ``errors`` lists each."""


class IdempotencyKeyReused(InvalidRequest):
    """422: this Idempotency-Key was used before for a different request."""


class Unauthorized(StatusError):
    """401: an API key is required, or the one that was sent is unknown."""


class Forbidden(StatusError):
    """403: the API key lacks the scope for this request."""

    @property
    def scope(self) -> str | None:
        """The scope that the key needs."""
        scope = self.problem.extra.get("scope")
        return scope if isinstance(scope, str) else None


class NotFound(StatusError):
    """404: there is nothing with this name or id."""


class Conflict(StatusError):
    """409: the current state does not allow the request."""


class CampaignClosed(Conflict):
    """409: the campaign has ended, and accepts nothing any more."""


class PetitionClosed(Conflict):
    """409: the petition no longer accepts signatures."""


class EventClosed(Conflict):
    """409: the event is over or cancelled."""


class SoldOut(Conflict):
    """409: fewer are left than requested."""

    @property
    def available(self) -> int | None:
        """How many are left."""
        available = self.problem.extra.get("available")
        return available if isinstance(available, int) else None


class OrderLimitReached(Conflict):
    """409: the mailbox has two unpaid prints of this edition on order, or would have more."""

    @property
    def available(self) -> int | None:
        """How many more prints of this edition it may order now: 0 or 1."""
        available = self.problem.extra.get("available")
        return available if isinstance(available, int) else None


class AlreadyDecided(Conflict):
    """409: this has already been decided, by a moderator or by the owner of the mailbox."""


class IdempotencyInFlight(Conflict):
    """409: a request with this Idempotency-Key is still in progress; retry soon."""


class Gone(StatusError):
    """410: it existed, and has expired."""


class ConfirmationExpired(Gone):
    """410: the e-mailed link is over seven days old, or was rejected; fill in the form again."""


class PersonalLinkExpired(Gone):
    """410: the link to a person's own data is over 24 hours old; request a new one."""


class ReservationExpired(Gone):
    """410: the reservation is over an hour old; reserve again."""


class RateLimited(StatusError):
    """429: too many requests; wait ``retry_after`` seconds."""


class ServerError(StatusError):
    """5xx: the server failed or is unavailable.

    It may have carried out a POST nevertheless: repeat it with ``error.idempotency_key``.
    """


class UnexpectedResponse(ImdError):
    """A success that does not match the API; the error does not contain the response.

    For example the login page of a network, a truncated body, a field of another type, a redirect
    or a repeated cursor.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str = "$",
        status: int | None = None,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, idempotency_key=idempotency_key)
        self.path = path
        """Where the response is invalid, as a JSON path (RFC 9535): ``$.items[3].starts_at``."""
        self.status = status
        """The HTTP status; None if the error is not about a single response."""
