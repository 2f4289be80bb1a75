import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_sdk import ImdError, StatusError
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import get_context
from imd_widgets.pages.forms import FormError
from imd_widgets.pages.page_responses import get_language
from imd_widgets.pages.trailing_slash import redirect_without_slash
from imd_widgets.responses.response_factory import respond_with_page
from imd_widgets.widget.notices import RETRY_SECONDS, UNREACHABLE, Notice
from imd_widgets.widget.options import N_, InvalidOptions

NOT_FOUND_HERE = N_("Page not found")
WRONG_METHOD = N_("This page cannot be used in this way")
INVALID_REQUEST = N_("This cannot be shown with these options")
UNEXPECTED = N_("Something went wrong here")
UNEXPECTED_DETAIL = N_("The error has been logged. If you report it, please include this code:")

PAUSED = Notice(
    HTTPStatus.SERVICE_UNAVAILABLE,
    N_("The campaign accepts no changes at the moment"),
    (N_("Nothing is lost, and your link stays valid. Please try again later."),),
)
PAUSES = {"busy", "read-only"}
"""Names of the problems with which the campaign rejects everything for a time."""

log = logging.getLogger(__name__)

Handler = Callable[[Request, Any], Awaitable[Response]]


async def show_not_found(request: Request, _error: Exception) -> Response:
    return redirect_without_slash(request) or _show_error(
        request, HTTPStatus.NOT_FOUND, NOT_FOUND_HERE
    )


async def show_unavailable(request: Request, error: Exception) -> Response:
    language, notice = get_language(request), PAUSED if _is_paused(error) else UNREACHABLE
    sentences = [language.gettext(sentence) for sentence in notice.sentences]
    response = _show_error(request, notice.status, notice.title, *sentences)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _is_paused(error: BaseException) -> bool:
    cause = error.__cause__ or error
    return isinstance(cause, StatusError) and cause.problem.name in PAUSES


async def show_form_error(request: Request, error: FormError) -> Response:
    return _show_error(request, error.status, error.title)


async def show_invalid_options(request: Request, error: InvalidOptions) -> Response:
    return _show_error(request, HTTPStatus.BAD_REQUEST, INVALID_REQUEST, *error.errors.values())


async def show_wrong_method(request: Request, error: Any) -> Response:
    response = _show_error(request, HTTPStatus.METHOD_NOT_ALLOWED, WRONG_METHOD)
    response.headers.update(error.headers or {})
    return response


def show_unexpected_error(request: Request, request_id: str) -> Response:
    detail = get_language(request).gettext(UNEXPECTED_DETAIL)
    response = _show_error(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED, detail, request_id
    )
    response.headers["X-Request-Id"] = request_id
    return response


def _show_error(request: Request, status: HTTPStatus, title: str, *sentences: str) -> Response:
    """Show a small page of its own: the reader may be on a slow network."""
    language = get_language(request)
    page = get_context(request).renderer.render(
        "error.html",
        language,
        styles=("error",),
        title=language.gettext(title),
        sentences=sentences,
    )
    return respond_with_page(request, page, status=status)


HANDLERS: Mapping[Any, Handler] = {
    **dict.fromkeys(MISSING_ERRORS, show_not_found),
    **dict.fromkeys((Unavailable, ImdError), show_unavailable),
    FormError: show_form_error,
    InvalidOptions: show_invalid_options,
    HTTPStatus.NOT_FOUND: show_not_found,
    HTTPStatus.METHOD_NOT_ALLOWED: show_wrong_method,
}


class ResponseInterrupted(Exception):  # noqa: N818 - what happened, not a fault
    """A response broke off half-way; the cause is in the server's own log."""


class ErrorMiddleware:
    """Show a page for an unexpected error, and log the error without its message.

    Messages of parsers and libraries repeat values that readers have entered.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_started = False

        async def watch(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http":
                raise
            request_id = token_hex(8)
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s %s\n%s", request_id, type(error).__name__, frames)  # noqa: TRY400
            if is_started:
                raise ResponseInterrupted from None
            response = show_unexpected_error(Request(scope, receive), request_id)
            await response(scope, receive, send)
