"""A request's body: small, JSON, and read once."""

from email.message import Message as MimeMessage

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_campaign.web.http_errors import BodyTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 64 * 1024
MAX_CONTENT_TYPE_LENGTH = 200
METHODS_WITH_BODY = {"POST", "PUT", "PATCH", "DELETE"}


class RequestBodyMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS_WITH_BODY:
            await self.app(scope, receive, send)
            return
        try:
            body = await read_body(scope, receive)
        except ClientDisconnect:
            return
        if body and not _is_json(Headers(scope=scope).get("content-type", "")):
            raise UnsupportedMediaType
        scope["state"]["body"] = body
        await self.app(scope, replay(body, receive), send)


async def read_body(scope: Scope, receive: Receive) -> bytes:
    declared = Headers(scope=scope).get("content-length", "0")
    # Python reads no whole number of more than 4,300 digits.
    if declared.isdecimal() and float(declared) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body, has_more = bytearray(), True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
    return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    is_replayed = False

    async def receive_again() -> Message:
        nonlocal is_replayed
        if is_replayed:
            return await receive()
        is_replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _is_json(content_type: str) -> bool:
    """Parse a short header only: parsing parameters takes time that grows with their square."""
    if len(content_type) > MAX_CONTENT_TYPE_LENGTH:
        return False
    parsed = MimeMessage()
    parsed["content-type"] = content_type
    charset = parsed.get_content_charset("utf-8")
    return parsed.get_content_type() == "application/json" and charset == "utf-8"
