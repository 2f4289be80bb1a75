"""Forms: read with limits, and shown again with an error next to each field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from imd_campaign.events.schemas import Reason
from imd_console.languages import N_
from imd_console.problems import PageProblem

T = TypeVar("T")

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200
TYPE = "application/x-www-form-urlencoded"
TICKED = "yes"
REASON = "reason"
TOKEN = "token"  # noqa: S105 the name of a field

NOT_A_FORM = N_("This form could not be read. Go back and try again.")
TOO_LONG = N_("This form is too long. Go back and shorten what you entered.")
REASON_NEEDED = N_("Enter a reason of up to 1,000 characters.")

_reason: TypeAdapter[str] = TypeAdapter(Reason)


@dataclass(frozen=True)
class FieldError:
    field: str
    message: str


@dataclass(frozen=True)
class Form:
    """What was entered; `errors` are messages to translate, or translated already."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    errors: tuple[FieldError, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return next(iter(self.values.get(name, ())), default)

    def get_all(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    def is_ticked(self, name: str) -> bool:
        return self.get(name) == TICKED

    def get_error(self, name: str) -> str:
        return next((error.message for error in self.errors if error.field == name), "")

    def with_errors(self, *errors: FieldError) -> "Form":
        return Form(self.values, (*self.errors, *errors))

    def with_values(self, **values: str) -> "Form":
        return Form(
            {**self.values, **{name: (text,) for name, text in values.items()}}, self.errors
        )

    def without(self, *names: str) -> "Form":
        """Leave out what is never shown again, such as a password."""
        kept = {name: value for name, value in self.values.items() if name not in names}
        return Form(kept, self.errors)


EMPTY = Form()


class InvalidForm(Exception):  # noqa: N818 as in the campaign's errors
    """What was entered cannot be accepted: the page shows the form again."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


async def read_form(request: Request) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != TYPE:
        raise PageProblem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NOT_A_FORM)
    try:
        body = (await _read_body(request)).decode()
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except (ValueError, ClientDisconnect):
        raise PageProblem(HTTPStatus.BAD_REQUEST, NOT_A_FORM) from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value.replace("\r\n", "\n").strip())
    return Form(values)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PageProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    return bytes(body)


def read_reason(form: Form) -> str:
    return read_field(form, REASON, _reason.validate_python, REASON_NEEDED)


def read_field(form: Form, name: str, read: Callable[[str], T], message: str) -> T:
    """Return what `read` makes of a field; show this message at the field if it cannot."""
    try:
        return read(form.get(name))
    except (ValidationError, ValueError):
        raise InvalidForm(FieldError(name, message)) from None


def read_fields(**reads: Callable[[], Any]) -> dict[str, Any]:
    """Read several fields, so that all their errors are shown at once."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, read in reads.items():
        try:
            values[name] = read()
        except InvalidForm as error:
            errors += error.errors
    if errors:
        raise InvalidForm(*errors)
    return values
