"""What came back, and how to read it; no I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from imd_sdk import errors
from imd_sdk._discretion import scrubbed, term

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Answer:
    """A whole answer; ``headers`` is looked up in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    from_cache: bool = False

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-request-id")

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def model(answer: Answer, kind: type[M]) -> M:
    """Validate the bytes: strictly, so that no text passes for a number."""
    try:
        return kind.model_validate_json(answer.content, strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = json_path(fault["loc"])
    raise unexpected(answer, f"{path}: {fault['msg']}", path)


def json_object(answer: Answer) -> dict[str, Any]:
    value = _json(answer.content)
    if isinstance(value, dict):
        return value
    raise unexpected(answer, "$: Input should be an object", "$")


def content(answer: Answer, media_type: str) -> bytes:
    if answer.media_type == media_type:
        return answer.content
    raise unexpected(answer, f"this is not {media_type}", "$")


def unexpected(answer: Answer, what: str, path: str) -> errors.UnexpectedResponse:
    return errors.UnexpectedResponse(
        f"The server answered {answer.status} with something else than promised: {what}"
        + _quote(answer.request_id),
        path=path,
        status=answer.status,
        request_id=answer.request_id,
    )


def json_path(location: tuple[int | str, ...]) -> str:
    return "$" + "".join(_segment(part) for part in location)


def _segment(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if part.isidentifier() else f"[{json.dumps(part)}]"


def refusal(
    answer: Answer, now: datetime, hidden: set[str]
) -> errors.Refused | errors.UnexpectedResponse:
    """Turn an answer that is not a success into the error that says so, and no more than that."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return unexpected(answer, "a redirect, which is not followed; is the base URL right?", "$")
    problem = _problem(answer, hidden)
    kind = _BY_NAME.get(problem.name or "") or _by_status(answer.status)
    return kind(
        _sentence(answer, problem),
        status=answer.status,
        problem=problem,
        retry_after=retry_after(answer, now),
        request_id=answer.request_id,
    )


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date by the server's own clock."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    then = _date(value)
    if then is None:
        return None
    return max(0.0, (then - (_date(answer.headers.get("date", "")) or now)).total_seconds())


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _problem(answer: Answer, hidden: set[str]) -> errors.Problem:
    value = _json(answer.content)
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return errors.Problem(None, _phrase(answer.status))
    known = {"type", "title", "status", "detail", "errors", "request_id"}
    texts = scrubbed({name: member for name, member in value.items() if name != "type"}, hidden)
    return errors.Problem(
        name=term(value["type"].rpartition("/")[2]),
        title=_text(texts.get("title")) or _phrase(answer.status),
        detail=_text(texts.get("detail")),
        errors=_field_errors(value.get("errors"), texts.get("errors")),
        extra={name: member for name, member in texts.items() if name not in known},
    )


def _field_errors(faults: Any, texts: Any) -> tuple[errors.FieldError, ...]:
    """The names of fields as they came, the messages from the scrubbed copy."""
    pairs = zip(faults, texts, strict=True) if isinstance(faults, list) else ()
    return tuple(
        errors.FieldError(
            term(fault.get("in")), term(fault.get("field")), _text(text.get("message")) or ""
        )
        for fault, text in pairs
        if isinstance(fault, dict)
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "No reason given"


def _sentence(answer: Answer, problem: errors.Problem) -> str:
    if problem.name is None:
        reason = f"{problem.title}; not in this API's words: is the base URL right?"
    else:
        reason = " ".join(dict.fromkeys(filter(None, (f"{problem.title}.", problem.detail))))
    return f"{answer.status} {problem.name or 'no problem type'}: {reason}" + _quote(
        answer.request_id
    )


def _quote(request_id: str | None) -> str:
    return f" (request {request_id})" if request_id else ""


def _by_status(status: int) -> type[errors.Refused]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.ServerError
    return _BY_STATUS.get(status, errors.Refused)


_BY_NAME: dict[str, type[errors.Refused]] = {
    "already-decided": errors.AlreadyDecided,
    "confirmation-expired": errors.ConfirmationExpired,
    "event-closed": errors.EventClosed,
    "idempotency-in-flight": errors.IdempotencyInFlight,
    "idempotency-key-reused": errors.IdempotencyKeyReused,
    "petition-closed": errors.PetitionClosed,
    "reservation-expired": errors.ReservationExpired,
    "sold-out": errors.SoldOut,
}

_BY_STATUS: dict[int, type[errors.Refused]] = {
    400: errors.InvalidRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    422: errors.InvalidRequest,
    429: errors.RateLimited,
}
