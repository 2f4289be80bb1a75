"""Which network a request comes from, and how many anonymous requests it may send."""

from math import ceil

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from imd_campaign.api_keys.service import RELAY_SCOPE, Caller
from imd_campaign.context import Context
from imd_campaign.errors import (
    FieldError,
    Forbidden,
    InvalidParameter,
    RateLimited,
    Unauthorized,
)
from imd_campaign.rate_limiter import Rate
from imd_campaign.web.dependencies import context_of
from imd_network.client_address import Address, find_client_address, parse_address
from imd_network.client_network import find_network

VISITOR_ADDRESS = "Imd-Visitor-Address"
FORWARDED_FOR = "X-Forwarded-For"
ANONYMOUS = (Rate(60, 120), Rate(3600, 1200))
HOUR = 3600
QUOTA_USED = (
    "The quota of this key is used up: {quota:,} signatures within an hour. Try again after the "
    "time in Retry-After, or ask the campaign staff for a higher quota."
)
TOO_MANY_REQUESTS = (
    "Without a key for them, one network may send 120 such requests within a minute and 1,200 "
    "within an hour. Try again after the time in Retry-After, or ask the campaign staff for a key."
)
TOO_MANY_CHALLENGES = (
    "The visitors of one network may request 120 challenges within a minute and 1,200 within an "
    "hour. Send the form without a proof: it is accepted, and may be e-mailed later."
)
CHALLENGES = "/v1/challenges"
CHANGING_METHODS = {"POST", "PUT", "PATCH", "DELETE"}


class ClientNetworkMiddleware:
    """Find a request's network, and reject floods before the database is used."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _admit(scope, scope["state"]["caller"])
        await self.app(scope, receive, send)


def _admit(scope: Scope, caller: Caller | None) -> None:
    headers = Headers(scope=scope)
    if visitor := headers.getlist(VISITOR_ADDRESS):
        network = find_network(_read_visitor_address(visitor, caller))
        scope["state"]["network"] = network
        if network and scope["path"] == CHALLENGES:
            _count_network(context_of(scope), "visitors", network, TOO_MANY_CHALLENGES)
    elif scope["path"] == CHALLENGES or scope["method"] in CHANGING_METHODS:
        scope["state"]["network"] = _find_peer_network(scope, headers)
        if _is_limited(scope, caller):
            _count(context_of(scope), scope, caller)


def _find_peer_network(scope: Scope, headers: Headers) -> str | None:
    peer, _ = scope.get("client") or (None, None)
    proxies = context_of(scope).settings.trusted_proxies
    return find_network(find_client_address(peer, headers.getlist(FORWARDED_FOR), proxies))


def _read_visitor_address(sent: list[str], caller: Caller | None) -> Address:
    """Believe only servers that relay forms: others could choose their network."""
    if caller is None:
        raise Unauthorized
    if RELAY_SCOPE not in caller.scopes:
        raise Forbidden(RELAY_SCOPE)
    address = parse_address(sent[0]) if len(sent) == 1 else None
    if address is None:
        raise InvalidParameter(FieldError("header", VISITOR_ADDRESS, "must be an IP address."))
    return address


def _is_limited(scope: Scope, caller: Caller | None) -> bool:
    """A relayed form is never rejected for its network: many people may share it."""
    if caller and RELAY_SCOPE in caller.scopes:
        return False
    validator = scope["app"].state.openapi_validator
    return not validator.find_scopes(scope["method"], scope["path"])


def _count(context: Context, scope: Scope, caller: Caller | None) -> None:
    quota_scope = scope["app"].state.openapi_validator.find_quota_scope(scope["path"])
    if caller and quota_scope in caller.scopes:
        scope["state"]["network"] = None
        _count_key(context, caller)
    elif network := scope["state"]["network"]:
        _count_network(context, "network", network, TOO_MANY_REQUESTS)


def _count_key(context: Context, caller: Caller) -> None:
    quota = caller.hourly_quota
    if wait := context.rate_limiter.count(("key", caller.id), (Rate(HOUR, quota),)):
        raise RateLimited(ceil(wait), QUOTA_USED.format(quota=quota))


def _count_network(context: Context, group: str, network: str, detail: str) -> None:
    if wait := context.rate_limiter.count((group, network), ANONYMOUS):
        raise RateLimited(ceil(wait), detail)
