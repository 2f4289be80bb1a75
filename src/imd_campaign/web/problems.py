from dataclasses import dataclass
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from imd_campaign import errors
from imd_campaign.web import http_errors
from imd_campaign.web.validation import invalid

MEDIA_TYPE = "application/problem+json"
BASE = "/v1/problems/"


@dataclass(frozen=True, slots=True)
class Problem:
    raised_by: type[Exception]
    status: int
    name: str
    title: str
    explanation: str


PROBLEMS = (
    Problem(
        errors.InvalidParameter,
        400,
        "invalid-parameter",
        "A parameter cannot be accepted",
        "A part of the address, a query parameter or a header is unknown, missing or not of the "
        "form it needs. Each entry of `errors` names one. A cursor is only good for the same list "
        "with the same filters.",
    ),
    Problem(
        http_errors.MalformedBody,
        400,
        "malformed-body",
        "The body is not JSON",
        "The request's body could not be read as JSON in UTF-8.",
    ),
    Problem(
        errors.Unauthorized,
        401,
        "unauthorized",
        "A valid key is needed",
        "The address needs an API key, or the key that was sent is unknown or revoked. Keys go "
        "into the header `Authorization: Bearer imd_…`. A key that is not known is refused "
        "everywhere, also where none is needed.",
    ),
    Problem(
        errors.Forbidden,
        403,
        "forbidden",
        "The key may not do this",
        "The key is good, but it lacks the scope that `scope` names. Campaign staff can make "
        "one that has it.",
    ),
    Problem(
        errors.NotFound,
        404,
        "not-found",
        "There is nothing at this address",
        "Nothing is known under this name, or it is not public.",
    ),
    Problem(
        http_errors.MethodNotAllowed,
        405,
        "method-not-allowed",
        "The address does not take this method",
        "The header `Allow` says which methods it takes.",
    ),
    Problem(
        errors.PetitionClosed,
        409,
        "petition-closed",
        "The petition takes no signatures now",
        "The petition has been closed, or is not open yet; its `state` says which.",
    ),
    Problem(
        errors.EventClosed,
        409,
        "event-closed",
        "The event is over or cancelled",
        "Nobody can sign up for it any more.",
    ),
    Problem(
        errors.SoldOut,
        409,
        "sold-out",
        "Fewer are left than were asked for",
        "`available` says how many are left. Prints that are only held come back when the hold "
        "lapses.",
    ),
    Problem(
        errors.AlreadyDecided,
        409,
        "already-decided",
        "This has been decided before",
        "Another moderator, or this one, has already decided it.",
    ),
    Problem(
        errors.IdempotencyInFlight,
        409,
        "idempotency-in-flight",
        "The same request is being worked on",
        "A request with the same `Idempotency-Key` has not been answered yet. `Retry-After` says "
        "when to ask again.",
    ),
    Problem(
        errors.ConfirmationExpired,
        410,
        "confirmation-expired",
        "The mailed link is too old",
        "A link that confirms a signature is good for seven days. Signing again sends a new one.",
    ),
    Problem(
        errors.ReservationExpired,
        410,
        "reservation-expired",
        "The hold has lapsed",
        "Posters are held for a short time. They can be reserved again while there are some left.",
    ),
    Problem(
        http_errors.BodyTooLarge,
        413,
        "body-too-large",
        "The body is too large",
        "A request's body may have up to 64 KiB.",
    ),
    Problem(
        http_errors.UnsupportedMediaType,
        415,
        "unsupported-media-type",
        "The body has to be JSON",
        "Send it with `Content-Type: application/json`.",
    ),
    Problem(
        http_errors.RangeNotSatisfiable,
        416,
        "range-not-satisfiable",
        "The range lies outside the file",
        "`Content-Range` says how long the file is.",
    ),
    Problem(
        errors.InvalidBody,
        422,
        "invalid-body",
        "The body has fields that cannot be accepted",
        "Each entry of `errors` names a field and what is wrong with it. Fields that are not "
        "known are refused, not ignored.",
    ),
    Problem(
        errors.IdempotencyKeyReused,
        422,
        "idempotency-key-reused",
        "The key was used for another request",
        "An `Idempotency-Key` belongs to one request: the same address and the same body. Take a "
        "new key for a new request.",
    ),
    Problem(
        errors.RateLimited,
        429,
        "rate-limited",
        "Too many requests",
        "`Retry-After` says when to try again. This server does not limit requests yet.",
    ),
    Problem(
        Exception,
        500,
        "internal",
        "Something broke on our side",
        "It is our fault, and it has been logged. The request id helps us to find it.",
    ),
    Problem(
        errors.Unavailable,
        503,
        "unavailable",
        "The database is not reachable",
        "It should pass. `Retry-After` says when to try again.",
    ),
)

BY_ERROR = {problem.raised_by: problem for problem in PROBLEMS}
BY_NAME = {problem.name: problem for problem in PROBLEMS}


class ProblemFieldError(BaseModel):
    place: Literal["path", "query", "header", "body"] = Field(alias="in")
    field: str
    message: str


class ProblemBody(BaseModel):
    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[ProblemFieldError] | None = None
    scope: str | None = None
    available: int | None = None


def to_problem(error: type[BaseException]) -> Problem:
    return next(BY_ERROR[ancestor] for ancestor in error.__mro__ if ancestor in BY_ERROR)


def problem_response(error: Exception, request_id: str) -> JSONResponse:
    problem = to_problem(type(error))
    known = error if isinstance(error, errors.CampaignError) else None
    content = {
        "type": BASE + problem.name,
        "title": problem.title,
        "status": problem.status,
        "detail": (known and known.detail) or f"{problem.title}.",
        "request_id": request_id,
        **(known.extra if known else {}),
    }
    return JSONResponse(content, problem.status, _headers(error), MEDIA_TYPE)


def _headers(error: Exception) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, http_errors.HttpError):
        headers |= error.headers
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if (seconds := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(seconds)
    return headers


def problems(*raised: type[errors.CampaignError]) -> dict[int | str, dict[str, Any]]:
    """What a route can answer besides its own errors: for its `responses=`."""
    found = [to_problem(error) for error in raised]
    return {status: _documented(status, found) for status in sorted({p.status for p in found})}


def _documented(status: int, found: list[Problem]) -> dict[str, Any]:
    described = [problem for problem in found if problem.status == status]
    return {
        "description": " · ".join(f"`{p.name}`: {p.title}" for p in described),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def add_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(errors.CampaignError, _on_campaign_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_campaign_error(request: Request, error: Exception) -> JSONResponse:
    return problem_response(error, request.state.request_id)


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    found: Exception = http_errors.MalformedBody()
    if isinstance(error, RequestValidationError):
        found = invalid(error.errors())
    return problem_response(found, request.state.request_id)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 500)
    return problem_response(_translated(request, status), request.state.request_id)


def _translated(request: Request, status: int) -> Exception:
    if status == BY_ERROR[http_errors.MethodNotAllowed].status:
        return http_errors.MethodNotAllowed(request.app.state.contract.methods(request.url.path))
    by_status: dict[int, Exception] = {
        400: http_errors.MalformedBody(),
        401: errors.Unauthorized(),
        404: errors.NotFound(),
        413: http_errors.BodyTooLarge(),
    }
    return by_status.get(status, RuntimeError(f"the framework answered {status}"))
