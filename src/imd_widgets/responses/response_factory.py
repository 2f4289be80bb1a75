from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from imd_widgets.responses.headers import (
    PUBLIC_HEADERS,
    RenderedPage,
    make_cache_control,
    make_common_headers,
    make_policy,
)
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.urls import serialise_origin

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def prepare_widget(
    page: RenderedPage,
    *,
    home: str,
    status: HTTPStatus = HTTPStatus.OK,
    max_age: int,
    extra_headers: Mapping[str, str] = NO_HEADERS,
) -> PreparedResponse:
    """Prepare a response that other sites frame; `extra_headers` belong to this one only.

    In a sandboxed frame, WebKit matches nothing with `'self'`, so our own origin is added.
    """
    here = f"'self' {serialise_origin(home)}"
    policy = make_policy(
        page,
        images=here,
        connect=here if page.scripts else "'none'",
        forms="'none'",
        ancestors=None,
    )
    headers = {
        **make_common_headers(policy),
        **PUBLIC_HEADERS,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": make_cache_control(max_age),
    }
    return PreparedResponse(page.html.encode(), {**headers, **extra_headers}, status)


def respond_with_page(
    request: Request,
    page: RenderedPage,
    *,
    status: int = 200,
    max_age: int | None = None,
    form_action: str = "'self'",
) -> Response:
    """Respond with one of our own pages: never framed, and the only place for forms.

    Under `no-referrer` a browser sends `Origin: null` with a form, so these pages use
    `same-origin`: https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    policy = make_policy(
        page, images="'self'", connect="'self'", forms=form_action, ancestors="'none'"
    )
    headers = make_common_headers(policy) | {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store" if max_age is None else make_cache_control(max_age),
    }
    body = page.html.encode()
    return respond(
        request,
        PreparedResponse(body, headers, HTTPStatus(status), is_never_encoded=max_age is None),
    )


def respond_with_data(
    request: Request, content: bytes, media_type: str, *, max_age: int | None = None
) -> Response:
    return respond(request, prepare_data(content, media_type, max_age=max_age))


def prepare_data(
    content: bytes, media_type: str, *, max_age: int | None = None
) -> PreparedResponse:
    """Prepare an image, a text or a number for other sites' pages."""
    headers = {
        **PUBLIC_HEADERS,
        "Cache-Control": "no-store" if max_age is None else make_cache_control(max_age),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Vary": "Accept-Encoding",
    }
    is_image = media_type.startswith("image/") and "xml" not in media_type
    return PreparedResponse(content, headers, media_type=media_type, is_never_encoded=is_image)


def respond(request: Request, prepared: PreparedResponse) -> Response:
    status, headers, body = prepared.select(request.scope)
    response = Response(body, status)
    response.raw_headers = list(headers)
    return response
