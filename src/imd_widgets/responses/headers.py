from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from imd_widgets.assets import Inline
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.urls import origin

NOTHING: Mapping[str, str] = MappingProxyType({})
FOR_ALL: Mapping[str, str] = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
)
"""Of an answer that any page may load and read."""
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "hid",
        "identity-credentials-get",
        "idle-detection",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "storage-access",
        "usb",
        "xr-spatial-tracking",
    )
)


@dataclass(frozen=True)
class Page:
    """A rendered document and what it may use."""

    html: str
    styles: tuple[Inline, ...] = ()
    scripts: tuple[Inline, ...] = ()


def widget_answer(
    page: Page,
    *,
    home: str,
    status: HTTPStatus = HTTPStatus.OK,
    max_age: int,
    changed: Mapping[str, str] = NOTHING,
) -> PreparedResponse:
    """What other sites frame; `changed` are headers of this answer alone.

    In a sandboxed frame WebKit takes nothing for `'self'`, so our own origin is named beside it.
    """
    here = f"'self' {origin(home)}"
    policy = _policy(
        page,
        images=here,
        connect=here if page.scripts else "'none'",
        forms="'none'",
        ancestors=None,
    )
    headers = {
        **_common(policy),
        **FOR_ALL,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": public(max_age),
    }
    return PreparedResponse(page.html.encode(), {**headers, **changed}, status)


def page_response(
    request: Request,
    page: Page,
    *,
    status: int = 200,
    max_age: int | None = None,
    forms: str = "'self'",
) -> Response:
    """A page of our own: never framed, and the one place where forms are sent.

    Under `no-referrer` a browser sends `Origin: null` with a form, so these pages say
    `same-origin`: https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    policy = _policy(page, images="'self'", connect="'self'", forms=forms, ancestors="'none'")
    headers = _common(policy) | {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store" if max_age is None else public(max_age),
    }
    body = page.html.encode()
    return respond(
        request, PreparedResponse(body, headers, HTTPStatus(status), plain=max_age is None)
    )


def data_response(
    request: Request, content: bytes, media_type: str, *, max_age: int | None = None
) -> Response:
    return respond(request, data_answer(content, media_type, max_age=max_age))


def data_answer(content: bytes, media_type: str, *, max_age: int | None = None) -> PreparedResponse:
    """A picture, a text or a number for other people's pages."""
    headers = {
        **FOR_ALL,
        "Cache-Control": "no-store" if max_age is None else public(max_age),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Vary": "Accept-Encoding",
    }
    picture = media_type.startswith("image/") and "xml" not in media_type
    return PreparedResponse(content, headers, media_type=media_type, plain=picture)


def respond(request: Request, answer: PreparedResponse) -> Response:
    status, headers, body = answer.to(request.scope)
    response = Response(body, status)
    response.raw_headers = list(headers)
    return response


def _policy(page: Page, *, images: str, connect: str, forms: str, ancestors: str | None) -> str:
    directives = {
        "default-src": "'none'",
        "style-src": _hashes(page.styles),
        "script-src": _hashes(page.scripts),
        "img-src": images,
        "connect-src": connect,
        "frame-src": "'self'" if ancestors else "'none'",
        "base-uri": "'none'",
        "form-action": forms,
    }
    if ancestors:
        directives["frame-ancestors"] = ancestors
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _hashes(inlines: Iterable[Inline]) -> str:
    return " ".join(inline.source for inline in inlines) or "'none'"


def _common(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "Permissions-Policy": PERMISSIONS,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }


def public(max_age: int) -> str:
    if max_age == 0:
        return "no-cache"
    return (
        f"public, max-age={max_age}, s-maxage={max_age}, "
        "stale-while-revalidate=600, stale-if-error=86400"
    )
