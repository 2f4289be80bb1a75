"""HTTP responses: as the transport returns them, as models, and as callers see them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from imd_sdk import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

M = TypeVar("M", bound=BaseModel)

CALENDAR_TYPE = "text/calendar"
CSV_TYPE = "text/csv"
ATOM_TYPE = "application/atom+xml"


@dataclass(slots=True)
class RawResponse:
    """A complete response of the transport; ``headers`` has names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    from_cache: bool = False

    @property
    def request_id(self) -> str | None:
        """None also for an id that could break a line of a log."""
        request_id = self.headers.get("x-request-id", "")
        return request_id if re.fullmatch(r"[\x21-\x7e]{1,200}", request_id) else None

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_model(response: RawResponse, kind: type[M]) -> M:
    """Validate the body strictly: a string is not accepted for a number."""
    try:
        return kind.model_validate_json(response.content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = json_path(first["loc"])
    raise unexpected_response(response, f"{path}: {first['msg']}", path)


class _Token(BaseModel):
    token: str


def parse_token(response: RawResponse) -> str:
    return parse_model(response, _Token).token


def parse_nothing(response: RawResponse) -> None:
    if response.content:
        raise unexpected_response(response, "expected an empty body")


def parse_json_object(response: RawResponse) -> dict[str, Any]:
    value = parse_json(response.content)
    if isinstance(value, dict):
        return value
    raise unexpected_response(response, "$: Input should be an object", "$")


def parse_json(content: bytes) -> Any:
    """Return None for anything that is not JSON, or too deeply nested to read."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def parse_calendar(response: RawResponse) -> bytes:
    return _check_file(response, CALENDAR_TYPE, b"END:VCALENDAR")


def parse_atom(response: RawResponse) -> bytes:
    return _check_file(response, ATOM_TYPE, b"</feed>")


def parse_csv(response: RawResponse) -> bytes:
    return _check_file(response, CSV_TYPE, b"")


def _check_file(response: RawResponse, media_type: str, last: bytes) -> bytes:
    """Check the end too: the HTTP library does not notice a truncated compressed body."""
    content = response.content
    has_end = content.endswith(b"\n") and content.rstrip().endswith(last)
    if response.media_type == media_type and has_end:
        return content
    raise unexpected_response(response, f"expected a complete {media_type}", "$")


def unexpected_response(
    response: RawResponse, reason: str, path: str = "$"
) -> errors.UnexpectedResponse:
    return errors.UnexpectedResponse(
        f"Unexpected response ({response.status}): {reason}"
        + quote_request_id(response.request_id),
        path=path,
        status=response.status,
        request_id=response.request_id,
    )


def quote_request_id(request_id: str | None) -> str:
    return f" (request {request_id})" if request_id else ""


def json_path(location: tuple[int | str, ...]) -> str:
    """Write a location as a JSON path (RFC 9535)."""
    return "$" + "".join(map(_path_segment, location))


def _path_segment(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if part.isidentifier() else f"[{json.dumps(part)}]"


class Headers(Mapping[str, str]):
    """The headers of a response; names are case-insensitive."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        """Show the names only; a value may be a cookie."""
        return f"<{type(self).__name__} {', '.join(self)}>"


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response and how it was obtained. Its repr shows no header and no content."""

    status: int
    """The HTTP status."""
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False)
    """The body, decompressed; empty for a download, which writes to its file."""
    elapsed: float
    """Seconds since the call began, including earlier attempts and waits."""
    attempts: int
    """How many requests were sent."""
    from_cache: bool = False
    """Whether the server reported no change and the content comes from the cache."""

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (``X-Request-Id``); quote it when you ask for help."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """Parse the content as JSON; raises `UnexpectedResponse` if it is not JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        raise errors.UnexpectedResponse(
            f"Unexpected response ({self.status}): the body is not JSON",
            status=self.status,
            request_id=self.request_id,
        )
