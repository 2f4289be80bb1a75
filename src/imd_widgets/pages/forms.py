from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from imd_sdk import ImdError, InvalidRequest, StatusError
from imd_widgets.context import get_context
from imd_widgets.languages import Language
from imd_widgets.urls import serialise_origin
from imd_widgets.widget.options import N_
from imd_widgets.widget.sunset import OVER

MAX_BODY_BYTES = 16 * 1024
MAX_FIELDS = 20
TYPE = "application/x-www-form-urlencoded"
TICKED = "yes"

FROM_ELSEWHERE = N_("This form was sent from another site")
NOT_A_FORM = N_("This form could not be read")
TOO_LONG = N_("This form is too long")
QUEUE_IS_FULL = N_(
    "So many people are taking part right now that we cannot accept your form yet. What you "
    "entered is not lost: please try again in a few minutes."
)
PAUSED = N_(
    "We are not accepting forms at the moment. What you entered is not lost: please try again in "
    "a few minutes."
)
NOT_ACCEPTED = N_("This could not be accepted. Please check what you entered.")

# By the name of the problem with which the campaign rejects a form.
OUTAGES: Mapping[str, str] = {
    "queue-full": QUEUE_IS_FULL,
    "busy": PAUSED,
    "read-only": PAUSED,
    "campaign-closed": OVER,
}


class FormError(Exception):
    def __init__(self, status: HTTPStatus, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


@dataclass(frozen=True)
class FieldError:
    field: str
    message: str


@dataclass(frozen=True)
class Form:
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    errors: tuple[FieldError, ...] = ()

    def get_value(self, name: str) -> str:
        return self.values.get(name, "")

    def get_error(self, name: str) -> str:
        return next((error.message for error in self.errors if error.field == name), "")

    def is_ticked(self, name: str) -> bool:
        return is_ticked(self.values, name)


def is_ticked(values: Mapping[str, str], name: str) -> bool:
    """Return whether a box has the value that only ticking it gives."""
    return values.get(name) == TICKED


async def read_form(request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> dict[str, str]:
    if not _is_from_our_site(request):
        raise FormError(HTTPStatus.FORBIDDEN, FROM_ELSEWHERE)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
        raise FormError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NOT_A_FORM)
    try:
        pairs = parse_qsl(
            (await _read_body(request, max_bytes)).decode(),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
        )
    except (ValueError, ClientDisconnect):
        raise FormError(HTTPStatus.BAD_REQUEST, NOT_A_FORM) from None
    return {name: value.strip() for name, value in pairs}


def _is_from_our_site(request: Request) -> bool:
    sender = request.headers.get("origin")
    if sender is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    here = f"{request.url.scheme}://{request.url.netloc}"
    return sender in {serialise_origin(get_context(request).settings.public_url), here}


async def _read_body(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise FormError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    return bytes(body)


def choose_outage_message(error: ImdError, otherwise: str) -> str:
    """Return what a form says when the campaign has not accepted it, for now or for good."""
    name = error.problem.name if isinstance(error, StatusError) else None
    return OUTAGES.get(name or "", otherwise)


def list_field_errors(
    error: InvalidRequest, words: Mapping[str, str], language: Language
) -> tuple[FieldError, ...]:
    """Translate the campaign's errors, each at the innermost field that the form has."""
    paths = (
        field_error.field.split(".") for field_error in error.errors if field_error.in_ == "body"
    )
    found = (next((part for part in reversed(path) if part in words), "") for path in paths)
    fields: Iterable[str] = dict.fromkeys(filter(None, found))
    known = tuple(FieldError(name, language.gettext(words[name])) for name in fields)
    return known or (FieldError("", language.gettext(NOT_ACCEPTED)),)
