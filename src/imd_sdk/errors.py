"""What can go wrong in a call, drawn as a tree.

::

    ImdError
    ├── NotSent                      no request reached the server: nothing has happened
    │   └── NotSentInTime            … and the deadline was the reason
    ├── OutcomeUnknown               a request left and no whole answer came back
    │   └── NotAnsweredInTime        … and the deadline was the reason
    ├── DeadlineExceeded             either of the two ``…InTime``
    ├── Refused                      the server answered, and the answer is no
    │   ├── InvalidRequest           400, 422: a parameter or a field
    │   │   └── IdempotencyKeyReused 422: the key was used for another request
    │   ├── Unauthorized             401
    │   ├── Forbidden                403
    │   ├── NotFound                 404
    │   ├── Conflict                 409
    │   │   ├── PetitionClosed
    │   │   ├── EventClosed
    │   │   ├── SoldOut
    │   │   ├── AlreadyDecided
    │   │   └── IdempotencyInFlight
    │   ├── Gone                     410
    │   │   ├── ConfirmationExpired
    │   │   └── ReservationExpired
    │   ├── RateLimited              429
    │   └── ServerError              5xx
    └── UnexpectedResponse           the server said yes in words this SDK cannot read

Every error can be pickled and copied, with its ``__cause__``. None holds an API key, a header or
anything that was sent, apart from the ``Idempotency-Key``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AlreadyDecided",
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
    "NotAnsweredInTime",
    "NotFound",
    "NotSent",
    "NotSentInTime",
    "OutcomeUnknown",
    "PetitionClosed",
    "Problem",
    "RateLimited",
    "Refused",
    "ReservationExpired",
    "ServerError",
    "SoldOut",
    "Unauthorized",
    "UnexpectedResponse",
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in what was sent; the value itself is never repeated."""

    in_: str
    """``path``, ``query``, ``header`` or ``body``."""
    field: str
    """Which one, as a dotted path: ``place.latitude``."""
    message: str
    """What is wrong with it, for a person to read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal in the server's own words (RFC 9457)."""

    name: str | None
    """The last part of ``type``, such as ``petition-closed``; None when the answer named none."""
    title: str
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Every other member of the problem, such as ``available`` of ``sold-out``."""


class ImdError(Exception):
    """Anything this SDK raises about a call; a wrong argument is a ValueError or TypeError."""

    def __init__(
        self, message: str, *, request_id: str | None = None, idempotency_key: str | None = None
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
        """The server's name for the exchange (``X-Request-Id``); quote it when you ask for help."""
        self.idempotency_key = idempotency_key
        """The key a POST went out with: pass it again to finish the same call. None for a GET."""

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
    """No request reached the server, so nothing has happened there; it is safe to call again."""


class OutcomeUnknown(ImdError):
    """A request left and no whole answer came back: it may or may not have been carried out.

    Call again with the same arguments and ``idempotency_key=error.idempotency_key``, also from
    another process: within 24 hours the server does it once, and answers as the first time. A GET
    has no key and can simply be repeated.
    """


class DeadlineExceeded(ImdError):
    """The time allowed with ``deadline`` is over; it is also a NotSent or an OutcomeUnknown."""


class NotSentInTime(NotSent, DeadlineExceeded):
    """The deadline passed before a request could be sent: nothing has happened."""


class NotAnsweredInTime(OutcomeUnknown, DeadlineExceeded):
    """The deadline passed after a request was sent: it may have been carried out."""


class Refused(ImdError):
    """The server answered, and the answer is no."""

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
        """The reason, as the server gave it."""
        self.retry_after = retry_after
        """Seconds until the server wants to be asked again (RFC 9110, 10.2.3); None: not said."""

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """The faults one by one; empty when the refusal is not about single fields."""
        return self.problem.errors


class InvalidRequest(Refused):
    """400 or 422: a parameter or a field cannot be accepted; ``errors`` names each."""


class IdempotencyKeyReused(InvalidRequest):
    """422: this Idempotency-Key was used before, for another request."""


class Unauthorized(Refused):
    """401: a key is needed, or the one that was sent is not known."""


class Forbidden(Refused):
    """403: the key is good and does not reach this far."""

    @property
    def scope(self) -> str | None:
        """The scope that the key would need."""
        scope = self.problem.extra.get("scope")
        return scope if isinstance(scope, str) else None


class NotFound(Refused):
    """404: there is nothing at this address."""


class Conflict(Refused):
    """409: what is there does not allow it."""


class PetitionClosed(Conflict):
    """409: the petition takes no more signatures."""


class EventClosed(Conflict):
    """409: the event is over or cancelled."""


class SoldOut(Conflict):
    """409: fewer are left than were asked for."""

    @property
    def available(self) -> int | None:
        """How many are left."""
        available = self.problem.extra.get("available")
        return available if isinstance(available, int) else None


class AlreadyDecided(Conflict):
    """409: a moderator decided this before."""


class IdempotencyInFlight(Conflict):
    """409: a request with this Idempotency-Key is being worked on; ask again soon."""


class Gone(Refused):
    """410: it was there, and its time is over."""


class ConfirmationExpired(Gone):
    """410: the mailed link is older than seven days; sign again for a new one."""


class ReservationExpired(Gone):
    """410: the hold on the posters has lapsed; reserve again."""


class RateLimited(Refused):
    """429: too many requests; ``retry_after`` says when to come back."""


class ServerError(Refused):
    """5xx: the server failed or is away.

    A POST may have been carried out all the same: repeat it with ``error.idempotency_key``.
    """


class UnexpectedResponse(ImdError):
    """The server answered yes, in words that the API does not promise; they are not kept.

    A login page of a network in between, an answer cut short, a field of another type, a redirect
    or a cursor that leads in a circle.
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
        """Where the answer goes wrong, as a JSON path (RFC 9535): ``$.items[3].starts_at``."""
        self.status = status
        """The HTTP status; None when no single answer is to blame."""
