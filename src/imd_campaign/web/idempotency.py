import logging
import re
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_campaign.context import Context
from imd_campaign.errors import CampaignError, FieldError, InvalidParameter
from imd_campaign.idempotency import service
from imd_campaign.idempotency.service import Lease, StoredResponse
from imd_campaign.networks.service import fingerprint_network
from imd_campaign.submissions.service import Origin
from imd_campaign.web.dependencies import CurrentContext, context_of
from imd_campaign.web.openapi_validation import SUBMISSIONS

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_FORMAT = re.compile(r"[\x21-\x7e]{1,255}")
MIN_PUBLIC_LENGTH = 22  # 128 random bits in base64: all anonymous callers share the keys
NOT_STORED = {401, 403, 429}
FIRST_SERVER_ERROR = 500
STORED_HEADERS = {"cache-control", "content-type", "location", "retry-after"}

ACCEPTS_SUBMISSIONS = {SUBMISSIONS: True}
STORES_NOTHING = ACCEPTS_SUBMISSIONS
"""For a POST without an effect: there is no response to store for a repeated request."""

FAILURES = logging.getLogger("imd_campaign.failures")


class IdempotencyMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = Headers(scope=scope).getlist(HEADER) if scope["type"] == "http" else []
        if not sent or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        scope["state"]["idempotency_key"] = _check_key(scope, sent)
        if scope["app"].state.openapi_validator.accepts_submissions(scope["path"]):
            await self.app(scope, receive, send)
            return
        context = context_of(scope)
        found = await run_in_threadpool(_begin, context, scope)
        if isinstance(found, StoredResponse):
            await _replay(found)(scope, receive, send)
        else:
            await self._run_and_store(context, found, scope, receive, send)

    async def _run_and_store(
        self, context: Context, lease: Lease, scope: Scope, receive: Receive, send: Send
    ) -> None:
        recording = _Recording(send)
        try:
            await self.app(scope, receive, recording.pass_on)
        except Exception:
            await _store_or_log(service.release, context, lease)
            raise
        if recording.is_storable:
            await _store_or_log(service.finish, context, lease, recording.to_response())
        else:
            await _store_or_log(service.release, context, lease)
        await recording.deliver()


def _check_key(scope: Scope, sent: list[str]) -> str:
    shortest = 1 if scope["state"]["caller"] else MIN_PUBLIC_LENGTH
    if len(sent) > 1 or len(sent[0]) < shortest or not KEY_FORMAT.fullmatch(sent[0]):
        message = f"must be {shortest} to 255 visible ASCII characters."
        raise InvalidParameter(FieldError("header", HEADER, message))
    return sent[0]


def _begin(context: Context, scope: Scope) -> Lease | StoredResponse:
    key = scope["state"]["idempotency_key"]
    return service.begin(context, caller=_name_caller(scope), key=key, request=_sum_up(scope))


async def get_origin(request: Request, context: CurrentContext) -> Origin:
    """Return the network of a submission, and what makes a repetition known: its key and body."""
    network = await fingerprint_network(context, request.state.network)
    key = getattr(request.state, "idempotency_key", None)
    if key is None:
        return Origin(network=network)
    vault, scope = context.vault, request.scope
    return Origin(
        vault.fingerprint("idempotency-key", f"{_name_caller(scope)} {key}"),
        vault.fingerprint("idempotent-request", _sum_up(scope)),
        network,
    )


SubmissionOrigin = Annotated[Origin, Depends(get_origin)]


def mark_replayed(response: Response, *, is_new: bool) -> None:
    if not is_new:
        response.headers[REPLAYED] = "true"


def _name_caller(scope: Scope) -> str:
    caller = scope["state"]["caller"]
    return caller.id if caller else "public"


def _sum_up(scope: Scope) -> bytes:
    return b"\n".join(
        [
            scope["method"].encode(),
            scope["path"].encode(),
            scope["query_string"],
            scope["state"]["body"],
        ]
    )


def _replay(stored: StoredResponse) -> Response:
    headers = {**dict(stored.headers), REPLAYED: "true"}
    return Response(stored.body, stored.status, headers)


async def _store_or_log(action: object, *arguments: object) -> None:
    """Update the stored response; if that fails, the client still gets its response."""
    try:
        await run_in_threadpool(action, *arguments)  # type: ignore[arg-type]
    except CampaignError:
        FAILURES.warning("a response could not be stored for its Idempotency-Key")


class _Recording:
    """Hold back the response until it is stored, so that clients that see it can replay it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []

    async def pass_on(self, message: Message) -> None:
        self._messages.append(message)

    async def deliver(self) -> None:
        for message in self._messages:
            await self._send(message)

    @property
    def is_storable(self) -> bool:
        return self._status not in NOT_STORED and self._status < FIRST_SERVER_ERROR

    @property
    def _status(self) -> int:
        status: int = self._messages[0]["status"]
        return status

    def to_response(self) -> StoredResponse:
        headers = [
            (name, value)
            for name, value in Headers(raw=self._messages[0]["headers"]).items()
            if name in STORED_HEADERS
        ]
        body = b"".join(message.get("body", b"") for message in self._messages[1:])
        return StoredResponse(self._status, headers, body)
