"""Responses to requests that never reach an application."""

import json
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

API_PATH = "/v1/"
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title>'
    '<body style="font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;'
    'padding:0 1rem"><h1>{title}</h1><p>{detail}</p></body></html>'
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"


@dataclass(frozen=True)
class Rejection:
    status: HTTPStatus
    title: str
    detail: str
    retry_after: int = 0

    def make_headers(self, *, is_api: bool) -> list[tuple[bytes, bytes]]:
        kind = "application/problem+json" if is_api else "text/html; charset=utf-8"
        headers = {
            "content-type": kind,
            "content-length": str(len(self.make_body(is_api=is_api))),
            "cache-control": "no-store",
            "content-security-policy": POLICY,
            "x-content-type-options": "nosniff",
            "connection": "close",
        }
        if self.retry_after:
            headers["retry-after"] = str(self.retry_after)
        return [(name.encode(), value.encode()) for name, value in headers.items()]

    def make_body(self, *, is_api: bool) -> bytes:
        """Make a page, or problem details (RFC 9457) for a program."""
        if not is_api:
            return PAGE.format(title=escape(self.title), detail=escape(self.detail)).encode()
        problem = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status.value,
            "detail": self.detail,
        }
        return json.dumps(problem).encode()

    def encode(self, *, is_api: bool) -> bytes:
        """Return the whole response as it is sent."""
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}".encode()]
        headers = self.make_headers(is_api=is_api)
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"", self.make_body(is_api=is_api)])


SERVER_IS_FULL = Rejection(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too many visitors right now",
    "So many people are connected that there is no room for more. Please try again in a few "
    "seconds.",
    retry_after=5,
)
NETWORK_IS_FULL = Rejection(
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many connections from your network",
    "Your network has as many connections open as one network may have. Please close other "
    "windows and try again in a few seconds.",
    retry_after=5,
)
HEAD_TOO_LARGE = Rejection(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "The request has too many headers",
    "Your browser or program sent more headers than this server accepts. Please delete the "
    "cookies of this site and try again.",
)
URL_TOO_LONG = Rejection(
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "The URL is too long",
    "This server accepts no URL of that length. Please check the link that you followed.",
)
TOO_SLOW = Rejection(
    HTTPStatus.REQUEST_TIMEOUT,
    "The request took too long to arrive",
    "This server waited for the rest of the request, which did not arrive in time. Please try "
    "again, if possible with a better connection.",
)
PIPELINED = Rejection(
    HTTPStatus.BAD_REQUEST,
    "Too many requests at once",
    "This connection sent many requests without waiting for a response. Please send them one by "
    "one.",
)
