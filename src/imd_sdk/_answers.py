"""What came back: how to read it, what of it must not be repeated, and what calls give back."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from secrets import token_hex
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Generic, Self, TypeVar
from urllib.parse import quote, unquote

from pydantic import BaseModel, ValidationError

from imd_sdk import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from imd_sdk._calls import Call
    from imd_sdk.models import Page

SHORT = 5
PERSONAL = {
    "address",
    "email",
    "latitude",
    "lines",
    "longitude",
    "name",
    "postal_code",
    "reason",
    "reservation",
}
"""The fields of a body whose values are somebody's, or are a secret."""
SECRET_PARTS = {"/v1/confirmations/{token}", "/v1/orders/{id}"}
"""The addresses that open to whoever knows them."""


def secrets(route: str, path: str, body: bytes | None) -> set[str]:
    found = set(_personal(json.loads(body))) if body else set()
    if route in SECRET_PARTS:
        part = path.rpartition("/")[2]
        found |= {part, unquote(part)}
    return found


def everything(route: str, path: str, query: Mapping[str, Any], body: bytes | None) -> set[str]:
    """Collect all that a request says, where nobody knows what of it is somebody's."""
    parts = [part for part in path.split("/") if part not in route.split("/")]
    said = [parts, list(map(unquote, parts)), list(query.values()), json.loads(body or b"null")]
    return set(_personal(said, inside=True))


def _personal(value: Any, *, inside: bool = False) -> list[str]:
    if isinstance(value, dict):
        members = value.items()
        return [s for k, v in members for s in _personal(v, inside=inside or k in PERSONAL)]
    if isinstance(value, list):
        return [text for entry in value for text in _personal(entry, inside=inside)]
    return [str(value)] if inside and len(str(value)) > 1 else []


def scrubbed(value: Any, hidden: set[str]) -> Any:
    if not hidden:
        return value
    longest_first = sorted(set().union(*map(_ways, hidden)), key=len, reverse=True)
    pattern = re.compile("|".join(map(_spotted, longest_first)), re.IGNORECASE)
    return _blotted(value, pattern)


def _ways(secret: str) -> set[str]:
    """How it may be written: as it is, in JSON, in a URL."""
    in_url = quote(secret, safe="", errors="replace")
    return {secret, json.dumps(secret)[1:-1], in_url, in_url.replace("%20", "+")}


def _spotted(secret: str) -> str:
    """A short one only as a whole word: a Mr No must not cost every message its noes."""
    return re.escape(secret) if len(secret) > SHORT else rf"(?<!\w){re.escape(secret)}(?!\w)"


def _blotted(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub("…", value)
    if isinstance(value, list):
        return [_blotted(entry, pattern) for entry in value]
    if isinstance(value, dict):
        return {key: _blotted(member, pattern) for key, member in value.items()}
    return value


def term(value: Any) -> str:
    """A name out of a fixed set, such as a field's; whatever else it is, it is not shown."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.\[\]-]{1,100}", value) else "…"


SHOWN: ContextVar[str | None] = ContextVar("imd_sdk_shown", default=None)
"""What a log may show of the request that is under way, in place of its URL."""


class DiscreetFilter(logging.Filter):
    """The HTTP libraries log each URL, and a URL of ours can be a secret: log its pattern."""

    def filter(self, record: logging.LogRecord) -> bool:
        shown = SHOWN.get()
        if shown is not None and isinstance(record.args, tuple):
            record.args = tuple(
                shown if type(value).__name__ == "URL" else value for value in record.args
            )
        return True


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
        """None also where it is no name: it comes into logs, and may not break their lines."""
        name = self.headers.get("x-request-id", "")
        return name if re.fullmatch(r"[\x21-\x7e]{1,200}", name) else None

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


CALENDAR = "text/calendar"


def calendar(answer: Answer) -> bytes:
    """Check its end too: what was compressed and cut short looks whole to the HTTP library."""
    if answer.media_type == CALENDAR and answer.content.rstrip().endswith(b"END:VCALENDAR"):
        return answer.content
    raise unexpected(answer, f"this is no whole {CALENDAR}", "$")


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
    answer: Answer, route: str, now: datetime, hidden: set[str]
) -> errors.Refused | errors.UnexpectedResponse:
    """Turn an answer that is not a success into the error that says so, and no more than that."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        where = re.match(_ELSEWHERE, answer.headers.get("location", ""))
        what = f"a redirect{f' to {where[0]}' if where else ''}, which is not followed"
        return unexpected(answer, f"{what}; is the base URL right?", "$")
    problem = _problem(answer, hidden)
    kind = _BY_NAME.get(problem.name or "") or _by_status(answer.status)
    return kind(
        _sentence(answer, problem, kind, route),
        status=answer.status,
        problem=problem,
        retry_after=retry_after(answer, now),
        request_id=answer.request_id,
    )


_ELSEWHERE = r"https?://(?![^/]*@)[\w.:\[\]-]+"
"""Of where a redirect leads, what may be shown: the rest may be a secret."""


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
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _problem(answer: Answer, hidden: set[str]) -> errors.Problem:
    value = _json(answer.content)
    try:
        texts = scrubbed(value, hidden)
    except RecursionError:
        value, texts = None, {}
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return errors.Problem(None, _phrase(answer.status))
    known = {"type", "title", "status", "detail", "errors", "request_id"}
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


def _sentence(
    answer: Answer, problem: errors.Problem, kind: type[errors.Refused], route: str
) -> str:
    if problem.name is None:
        reason = f"{problem.title}; not in this API's words: is the base URL right?"
    else:
        said = (f"{problem.title}.", problem.detail, _advice(kind, route))
        reason = _line(" ".join(dict.fromkeys(filter(None, said))))
    return f"{answer.status} {problem.name or 'no problem type'}: {reason}" + _quote(
        answer.request_id
    )


def _line(text: str) -> str:
    """One line of sober length, for a log or a terminal; the whole is in the problem."""
    return re.sub(r"[\0-\x1f\x7f-\x9f]+", " ", text)[:2000]


def _advice(kind: type[errors.Refused], route: str) -> str | None:
    names = " and ".join(re.findall(r"{(\w+)}", route))
    if kind is errors.NotFound and names:
        return f"Check the {names}."
    return "Pass api_key, or set IMD_API_KEY." if kind is errors.Unauthorized else None


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


T = TypeVar("T")


class _Walk(Generic[T]):
    def __init__(self, call: Call[Page[T]], cursor: str | None) -> None:
        self.call: Call[Page[T]] | None = call.at(cursor)
        self._first = call
        self._seen = {cursor}

    def turn(self, page: Page[T]) -> None:
        if page.next is None:
            self.call = None
            return
        if page.next in self._seen:
            raise errors.UnexpectedResponse(
                f"{self._first.route}: a cursor came back a second time, the list has no end",
                path="$.next",
            )
        self._seen.add(page.next)
        self.call = self._first.at(page.next)


class Pager(Generic[T]):
    """A list of unknown length: iterate over it for the items, or over `pages` for the pages.

    Nothing is fetched before it is needed, and no more than one page is held. Each iteration
    begins anew, where the ``cursor`` of the call said. A page without items does not end the list;
    a cursor that comes a second time raises `UnexpectedResponse`.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[Call[Page[T]]], Page[T]]],
        call: Call[Page[T]],
        cursor: str | None,
    ) -> None:
        self._begin = begin
        self._call = call
        self._cursor = cursor

    def pages(self) -> Iterator[Page[T]]:
        """Give page after page; ``page.next`` is the cursor from which to go on another time."""
        fetch = self._begin()
        walk = _Walk(self._call, self._cursor)
        while walk.call is not None:
            page = fetch(walk.call)
            yield page
            walk.turn(page)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._call.route}>"


class AsyncPager(Generic[T]):
    """A list of unknown length: iterate over it for the items, or over `pages` for the pages.

    Nothing is fetched before it is needed, and no more than one page is held. Each iteration
    begins anew, where the ``cursor`` of the call said. A page without items does not end the list;
    a cursor that comes a second time raises `UnexpectedResponse`.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[Call[Page[T]]], Awaitable[Page[T]]]],
        call: Call[Page[T]],
        cursor: str | None,
    ) -> None:
        self._begin = begin
        self._call = call
        self._cursor = cursor

    def pages(self) -> AsyncIterator[Page[T]]:
        """Give page after page; ``page.next`` is the cursor from which to go on another time."""
        return _AsyncPages(self._begin(), _Walk(self._call, self._cursor))

    def __aiter__(self) -> AsyncIterator[T]:
        return _AsyncItems(self.pages())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._call.route}>"


class _AsyncPages(Generic[T]):
    """Not a generator: trio wants one that is left early to be closed, and `break` closes none."""

    def __init__(
        self, fetch: Callable[[Call[Page[T]]], Awaitable[Page[T]]], walk: _Walk[T]
    ) -> None:
        self._fetch = fetch
        self._walk = walk
        self._last: Page[T] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        if self._last:
            self._walk.turn(self._last)
        if self._walk.call is None:
            raise StopAsyncIteration
        self._last = await self._fetch(self._walk.call)
        return self._last


class _AsyncItems(Generic[T]):
    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            self._items = iter((await anext(self._pages)).items)


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that has arrived whole."""

    bytes: int
    """Its size."""
    sha256: str
    """Its digest in lower-case hexadecimal, checked against the server's."""
    media_type: str


class Download:
    """Where the bytes of a file go; after a break it asks for the rest alone."""

    def __init__(
        self, file: BinaryIO, progress: Callable[[int, int | None], object] | None
    ) -> None:
        self._file = file
        self._progress = progress
        self._digest = hashlib.sha256()
        self._written = 0
        self._skip = 0
        self._total: int | None = None
        self._etag: str | None = None

    def headers(self) -> dict[str, str]:
        """Ask for the rest of the same file (RFC 9110, 13.1.5), in the bytes that are stored."""
        asked = {"Accept-Encoding": "identity"}
        if self._written and self._etag:
            asked |= {"Range": f"bytes={self._written}-", "If-Range": self._etag}
        return asked

    def begin(self, head: Answer) -> None:
        etag = head.headers.get("etag")
        if self._written and etag != self._etag:
            raise unexpected(head, "the file was changed while it was on its way", "$")
        self._etag = etag
        self._skip = self._written
        if head.status == HTTPStatus.PARTIAL_CONTENT:
            self._skip = 0
            self._check_start(head)
        elif self._total is None:
            length = head.headers.get("content-length", "")
            self._total = int(length) if length.isdecimal() else None

    def write(self, chunk: bytes) -> None:
        """Write what was not written before an earlier break."""
        skipped = min(self._skip, len(chunk))
        self._skip -= skipped
        rest = chunk[skipped:]
        self._file.write(rest)
        self._digest.update(rest)
        self._written += len(rest)
        if self._progress:
            self._progress(self._written, self._total)

    def end(self, answer: Answer) -> Downloaded:
        stated = answer.headers.get("repr-digest", "")
        if "sha-256=:" in stated and f"sha-256=:{self._encoded()}:" not in stated:
            raise unexpected(answer, "the file does not have the digest it should have", "$")
        return Downloaded(self._written, self._digest.hexdigest(), answer.media_type)

    def _encoded(self) -> str:
        return base64.b64encode(self._digest.digest()).decode()

    def _check_start(self, head: Answer) -> None:
        if not head.headers.get("content-range", "").startswith(f"bytes {self._written}-"):
            raise unexpected(head, "another part of the file than was asked for", "$")


BINARY = getattr(os, "O_BINARY", 0)
"""On Windows: write what is written, and no other line ends."""


@contextmanager
def whole(goal: Path, rights: int = 0o666, **how: Any) -> Iterator[IO[Any]]:
    """Write a file that takes its name when all of it is there, and not before."""
    if goal.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(goal))
    part = goal.with_name(f".{goal.name}.{token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, rights)
    try:
        with os.fdopen(handle, "w" if how else "wb", **how) as file:
            yield file
            file.flush()
            os.fsync(handle)
        part.replace(goal)
    finally:
        part.unlink(missing_ok=True)


class Headers(Mapping[str, str]):
    """The headers of an answer; a name is found in capitals and in small letters."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        """Show the names; a value may be a cookie."""
        return f"<{type(self).__name__} {', '.join(self)}>"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, and what it took to get it. Its repr shows no header and no content."""

    status: int
    """The HTTP status."""
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False)
    """The body, decompressed; empty for a download, whose bytes are in the file."""
    elapsed: float
    """Seconds since the call began, with earlier attempts and waits."""
    attempts: int
    """How many requests it took."""
    from_cache: bool = False
    """Whether the server said that it has not changed, and the content is what was kept."""

    @property
    def request_id(self) -> str | None:
        """The server's name for the exchange (``X-Request-Id``); quote it when you ask for help."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """Read the content as JSON; `UnexpectedResponse` when it is something else."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        raise errors.UnexpectedResponse(
            f"The server answered {self.status} with something else than JSON",
            status=self.status,
            request_id=self.request_id,
        )
