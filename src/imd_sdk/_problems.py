"""Problem details (RFC 9457): the response that is not a success, as the error to raise."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from imd_sdk import errors
from imd_sdk._redaction import redact, safe_identifier
from imd_sdk._response import parse_json, quote_request_id, unexpected_response

if TYPE_CHECKING:
    from datetime import datetime

    from imd_sdk._response import RawResponse

MAX_MESSAGE_LENGTH = 2000


def to_error(
    response: RawResponse, route: str, now: datetime, sensitive: set[str]
) -> errors.StatusError | errors.UnexpectedResponse:
    """Return the error that a response below 200 or above 299 stands for, redacted."""
    if response.status < HTTPStatus.BAD_REQUEST:
        return _redirect_error(response)
    problem = _parse_problem(response, sensitive)
    kind = _BY_NAME.get(problem.name or "") or _error_of_status(response.status)
    return kind(
        _message(response, problem, kind, route),
        status=response.status,
        problem=problem,
        retry_after=parse_retry_after(response, now),
        request_id=response.request_id,
    )


def _redirect_error(response: RawResponse) -> errors.UnexpectedResponse:
    origin = re.match(_ORIGIN, response.headers.get("location", ""))
    target = f" to {origin[0]}" if origin else ""
    reason = f"a redirect{target}, and redirects are not followed; is the base URL right?"
    return unexpected_response(response, reason)


_ORIGIN = r"https?://(?![^/]*@)[\w.:\[\]-]+"
"""The part of a redirect's target that an error may show: the rest may be secret."""


def parse_retry_after(response: RawResponse, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date by the server's own clock."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    retry_at = _parse_date(value)
    if retry_at is None:
        return None
    server_now = _parse_date(response.headers.get("date", "")) or now
    return max(0.0, (retry_at - server_now).total_seconds())


def _parse_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _parse_problem(response: RawResponse, sensitive: set[str]) -> errors.Problem:
    value = parse_json(response.content)
    try:
        redacted = redact(value, sensitive)
    except RecursionError:
        value, redacted = None, {}
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return errors.Problem(None, _reason_phrase(response.status))
    known = {"type", "title", "status", "detail", "errors", "request_id"}
    return errors.Problem(
        name=safe_identifier(value["type"].rpartition("/")[2]),
        title=_string(redacted.get("title")) or _reason_phrase(response.status),
        detail=_string(redacted.get("detail")),
        errors=_field_errors(value.get("errors"), redacted.get("errors")),
        extra={name: member for name, member in redacted.items() if name not in known},
    )


def _field_errors(original: Any, redacted: Any) -> tuple[errors.FieldError, ...]:
    """Take the fields' names as sent by the server, their messages redacted."""
    pairs = zip(original, redacted, strict=True) if isinstance(original, list) else ()
    return tuple(
        errors.FieldError(
            safe_identifier(error.get("in")),
            safe_identifier(error.get("field")),
            _string(copy.get("message")) or "",
        )
        for error, copy in pairs
        if isinstance(error, dict)
    )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _reason_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "No reason given"


def _message(
    response: RawResponse, problem: errors.Problem, kind: type[errors.StatusError], route: str
) -> str:
    if problem.name is None:
        reason = f"{problem.title}; not a problem+json response: is the base URL right?"
    else:
        sentences = (f"{problem.title}.", problem.detail, _advice(kind, route))
        reason = _as_line(" ".join(dict.fromkeys(filter(None, sentences))))
    name = problem.name or "no problem type"
    return f"{response.status} {name}: {reason}" + quote_request_id(response.request_id)


def _as_line(text: str) -> str:
    """Fit a log or a terminal; the whole text is in the problem."""
    return re.sub(r"[\0-\x1f\x7f-\x9f]+", " ", text)[:MAX_MESSAGE_LENGTH]


def _advice(kind: type[errors.StatusError], route: str) -> str | None:
    names = " and ".join(re.findall(r"{(\w+)}", route))
    if kind is errors.NotFound and names:
        return f"Check the {names}."
    return "Pass api_key, or set IMD_API_KEY." if kind is errors.Unauthorized else None


def _error_of_status(status: int) -> type[errors.StatusError]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.ServerError
    return _BY_STATUS.get(status, errors.StatusError)


_BY_NAME: dict[str, type[errors.StatusError]] = {
    "already-decided": errors.AlreadyDecided,
    "campaign-closed": errors.CampaignClosed,
    "confirmation-expired": errors.ConfirmationExpired,
    "personal-link-expired": errors.PersonalLinkExpired,
    "event-closed": errors.EventClosed,
    "idempotency-in-flight": errors.IdempotencyInFlight,
    "idempotency-key-reused": errors.IdempotencyKeyReused,
    "order-limit-reached": errors.OrderLimitReached,
    "petition-closed": errors.PetitionClosed,
    "reservation-expired": errors.ReservationExpired,
    "sold-out": errors.SoldOut,
}

_BY_STATUS: dict[int, type[errors.StatusError]] = {
    400: errors.InvalidRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    422: errors.InvalidRequest,
    429: errors.RateLimited,
}
