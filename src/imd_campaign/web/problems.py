from dataclasses import dataclass
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from imd_campaign import errors
from imd_campaign.web import http_errors
from imd_campaign.web.validation_errors import to_request_error

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
        "A parameter is invalid",
        "A path segment, a query parameter or a header is unknown, missing or malformed. Each "
        "entry of `errors` names one. A cursor is valid only for the same list with the same "
        "filters.",
    ),
    Problem(
        http_errors.MalformedBody,
        400,
        "malformed-body",
        "The body is not valid JSON",
        "The request body could not be parsed as JSON in UTF-8.",
    ),
    Problem(
        errors.Unauthorized,
        401,
        "unauthorized",
        "A valid API key is required",
        "The endpoint requires an API key, or the key that was sent is unknown or revoked. Send "
        "keys in the header `Authorization: Bearer imd_…`. An unknown key is rejected "
        "everywhere, even where no key is required.",
    ),
    Problem(
        errors.InvalidSignature,
        401,
        "invalid-signature",
        "The signature is not valid",
        "The message is not signed, is signed with another secret, was changed after it was "
        "signed, or is more than five minutes old. Sign `webhook-id`, `webhook-timestamp` and the "
        "body as the Standard Webhooks specification describes.",
    ),
    Problem(
        errors.Forbidden,
        403,
        "forbidden",
        "The API key lacks the required scope",
        "The key is valid, but it lacks the scope named in `scope`. Ask the campaign staff for a "
        "key that has it.",
    ),
    Problem(
        errors.NotFound,
        404,
        "not-found",
        "Nothing was found at this URL",
        "The resource does not exist or is not public.",
    ),
    Problem(
        http_errors.MethodNotAllowed,
        405,
        "method-not-allowed",
        "The URL does not support this method",
        "The `Allow` header lists the methods that this endpoint accepts.",
    ),
    Problem(
        errors.CampaignClosed,
        409,
        "campaign-closed",
        "The campaign is closed",
        "The campaign has ended and personal data has been deleted. What is public can still be "
        "read; nothing can be sent or changed any more.",
    ),
    Problem(
        errors.PetitionClosed,
        409,
        "petition-closed",
        "The petition is not open for signatures",
        "The petition is closed or not yet open. See its `state`.",
    ),
    Problem(
        errors.EventClosed,
        409,
        "event-closed",
        "The event is over or cancelled",
        "This event accepts no sign-ups and no changes: it is over, cancelled or rejected, or is "
        "not yet public.",
    ),
    Problem(
        errors.SoldOut,
        409,
        "sold-out",
        "Not enough are left",
        "`available` is the number left. Prints become available again when their order is "
        "cancelled or expires.",
    ),
    Problem(
        errors.OrderLimitReached,
        409,
        "order-limit-reached",
        "Too many unpaid prints of this edition",
        "A mailbox may have two unpaid prints of a limited edition on order. `available` is how "
        "many more it may order now. Others can be ordered once these are paid for.",
    ),
    Problem(
        errors.AlreadyDecided,
        409,
        "already-decided",
        "This has already been decided",
        "A moderator has already decided this, or it was confirmed or rejected before by the link "
        "in the e-mail.",
    ),
    Problem(
        errors.WebhookLimitReached,
        409,
        "webhook-limit-reached",
        "The key has too many webhooks",
        "A key may have 20 webhooks. Delete one first.",
    ),
    Problem(
        errors.IdempotencyInFlight,
        409,
        "idempotency-in-flight",
        "The same request is still being processed",
        "A request with the same `Idempotency-Key` is still being processed. Try again after the "
        "time in `Retry-After`.",
    ),
    Problem(
        errors.ConfirmationExpired,
        410,
        "confirmation-expired",
        "The confirmation link has expired",
        "Confirmation links are valid for seven days. Fill in the form again to get a new one.",
    ),
    Problem(
        errors.PersonalLinkExpired,
        410,
        "personal-link-expired",
        "The link to personal data has expired",
        "Links to what is kept about a person are valid for 24 hours. Ask for a new one.",
    ),
    Problem(
        errors.ReservationExpired,
        410,
        "reservation-expired",
        "The reservation has expired",
        "A reservation fixes the price for an hour. Reserve again, and order with the new token.",
    ),
    Problem(
        http_errors.BodyTooLarge,
        413,
        "body-too-large",
        "The body is too large",
        "A request body may be at most 64 KiB.",
    ),
    Problem(
        http_errors.UnsupportedMediaType,
        415,
        "unsupported-media-type",
        "The body must be JSON",
        "Send JSON with `Content-Type: application/json`.",
    ),
    Problem(
        http_errors.RangeNotSatisfiable,
        416,
        "range-not-satisfiable",
        "The range is outside the file",
        "`Content-Range` gives the size of the file.",
    ),
    Problem(
        errors.InvalidBody,
        422,
        "invalid-body",
        "The body has invalid fields",
        "Each entry of `errors` names a field and what is wrong with it. Unknown fields are "
        "rejected, not ignored.",
    ),
    Problem(
        errors.IdempotencyKeyReused,
        422,
        "idempotency-key-reused",
        "The idempotency key was used for another request",
        "An `Idempotency-Key` belongs to one request: the same URL and the same body. Use a new "
        "key for a new request.",
    ),
    Problem(
        errors.RateLimited,
        429,
        "rate-limited",
        "Too many requests",
        "A network or a key has sent too many requests, or too many codes were tried for one "
        "mailbox. `detail` names the limit. Try again after the time in `Retry-After`.",
    ),
    Problem(
        Exception,
        500,
        "internal",
        "Something went wrong on the server",
        "The error has been logged. Quote the request ID when you report it.",
    ),
    Problem(
        errors.QueueFull,
        503,
        "queue-full",
        "Too many forms are waiting",
        "The server accepts no more forms until it has e-mailed those that wait. Nothing was "
        "stored. Try again after the time in `Retry-After`.",
    ),
    Problem(
        errors.Busy,
        503,
        "busy",
        "The campaign accepts no forms at the moment",
        "The campaign staff have stopped new forms for a time, because too many arrive. Nothing "
        "was stored; what is waiting can still be confirmed. Try again after the time in "
        "`Retry-After`.",
    ),
    Problem(
        errors.ReadOnly,
        503,
        "read-only",
        "The campaign accepts no changes at the moment",
        "The campaign staff have stopped all changes for a time. Nothing was stored. Try again "
        "after the time in `Retry-After`.",
    ),
    Problem(
        errors.Unavailable,
        503,
        "unavailable",
        "The database is unavailable",
        "This is usually temporary. Try again after the time in `Retry-After`.",
    ),
)

BY_ERROR = {problem.raised_by: problem for problem in PROBLEMS}
BY_NAME = {problem.name: problem for problem in PROBLEMS}


class ProblemFieldError(BaseModel):
    in_: Literal["path", "query", "header", "body"] = Field(alias="in")
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


def make_problem_response(error: Exception, request_id: str) -> JSONResponse:
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
    """Document the errors that a route can raise; for its `responses=`."""
    listed = [to_problem(error) for error in raised]
    return {status: _describe(status, listed) for status in sorted({p.status for p in listed})}


def _describe(status: int, listed: list[Problem]) -> dict[str, Any]:
    described = [problem for problem in listed if problem.status == status]
    return {
        "description": " · ".join(f"`{p.name}`: {p.title}" for p in described),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def add_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(errors.CampaignError, _on_campaign_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_campaign_error(request: Request, error: Exception) -> JSONResponse:
    return make_problem_response(error, request.state.request_id)


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    reported: Exception = http_errors.MalformedBody()
    if isinstance(error, RequestValidationError):
        reported = to_request_error(error.errors())
    return make_problem_response(reported, request.state.request_id)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 500)
    return make_problem_response(_to_error(request, status), request.state.request_id)


def _to_error(request: Request, status: int) -> Exception:
    if status == BY_ERROR[http_errors.MethodNotAllowed].status:
        return http_errors.MethodNotAllowed(
            request.app.state.openapi_validator.list_methods(request.url.path)
        )
    by_status: dict[int, Exception] = {
        400: http_errors.MalformedBody(),
        401: errors.Unauthorized(),
        404: errors.NotFound(),
        413: http_errors.BodyTooLarge(),
    }
    return by_status.get(status, RuntimeError(f"the framework responded with {status}"))
