from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import get_context
from imd_widgets.pages.forms import FormError
from imd_widgets.pages.page_responses import get_language
from imd_widgets.pages.trailing_slash import redirect_without_slash
from imd_widgets.responses.headers import respond_with_page
from imd_widgets.widget.options import N_, InvalidOptions
from imd_widgets.widget.widget import RETRY_SECONDS, UNREACHABLE

NOT_FOUND_HERE = N_("Page not found")
WRONG_METHOD = N_("This page cannot be used in this way")
INVALID_REQUEST = N_("This cannot be shown with these options")

Handler = Callable[[Request, Any], Awaitable[Response]]


async def show_not_found(request: Request, _error: Exception) -> Response:
    return redirect_without_slash(request) or _show_error(
        request, HTTPStatus.NOT_FOUND, NOT_FOUND_HERE
    )


async def show_unavailable(request: Request, _error: Exception) -> Response:
    language = get_language(request)
    sentences = [language.gettext(sentence) for sentence in UNREACHABLE.sentences]
    response = _show_error(request, UNREACHABLE.status, UNREACHABLE.title, *sentences)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


async def show_form_error(request: Request, error: FormError) -> Response:
    return _show_error(request, error.status, error.title)


async def show_invalid_options(request: Request, error: InvalidOptions) -> Response:
    return _show_error(request, HTTPStatus.BAD_REQUEST, INVALID_REQUEST, *error.errors.values())


async def show_wrong_method(request: Request, error: Any) -> Response:
    response = _show_error(request, HTTPStatus.METHOD_NOT_ALLOWED, WRONG_METHOD)
    response.headers.update(error.headers or {})
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
    **dict.fromkeys((Unavailable, Exception), show_unavailable),
    FormError: show_form_error,
    InvalidOptions: show_invalid_options,
    HTTPStatus.NOT_FOUND: show_not_found,
    HTTPStatus.METHOD_NOT_ALLOWED: show_wrong_method,
}
