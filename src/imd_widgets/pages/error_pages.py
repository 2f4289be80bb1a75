from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.context import context_of
from imd_widgets.pages.forms import NotTaken
from imd_widgets.pages.page_responses import language_of
from imd_widgets.pages.trailing_slash import without_slash
from imd_widgets.responses.headers import page_response
from imd_widgets.widget.options import N_, BadOptions
from imd_widgets.widget.widget import OUT_OF_REACH, RETRY_SECONDS

NOTHING_HERE = N_("Page not found")
OTHER_METHOD = N_("This page cannot be used in this way")
NOT_AS_ASKED = N_("This cannot be shown with these options")

Handler = Callable[[Request, Any], Awaitable[Response]]


async def missing(request: Request, _error: Exception) -> Response:
    return without_slash(request) or _show(request, HTTPStatus.NOT_FOUND, NOTHING_HERE)


async def unavailable(request: Request, _error: Exception) -> Response:
    language = language_of(request)
    sentences = [language.gettext(sentence) for sentence in OUT_OF_REACH.sentences]
    response = _show(request, OUT_OF_REACH.status, OUT_OF_REACH.title, *sentences)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


async def not_taken(request: Request, error: NotTaken) -> Response:
    return _show(request, error.status, error.title)


async def not_as_asked(request: Request, error: BadOptions) -> Response:
    return _show(request, HTTPStatus.BAD_REQUEST, NOT_AS_ASKED, *error.faults.values())


async def other_method(request: Request, error: Any) -> Response:
    response = _show(request, HTTPStatus.METHOD_NOT_ALLOWED, OTHER_METHOD)
    response.headers.update(error.headers or {})
    return response


def _show(request: Request, status: HTTPStatus, title: str, *sentences: str) -> Response:
    """A small page of its own: the reader came for something else, perhaps on a slow network."""
    language = language_of(request)
    page = context_of(request).pages.render(
        "error.html",
        language,
        styles=("error",),
        title=language.gettext(title),
        sentences=sentences,
    )
    return page_response(request, page, status=status)


HANDLERS: Mapping[Any, Handler] = {
    **dict.fromkeys(MISSING, missing),
    **dict.fromkeys((Unavailable, Exception), unavailable),
    NotTaken: not_taken,
    BadOptions: not_as_asked,
    HTTPStatus.NOT_FOUND: missing,
    HTTPStatus.METHOD_NOT_ALLOWED: other_method,
}
