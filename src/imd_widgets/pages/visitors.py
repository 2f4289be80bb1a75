"""Where a visitor's request comes from."""

from starlette.requests import Request

from imd_network.client_address import Address, find_client_address
from imd_network.client_network import find_network
from imd_sdk.options import Options
from imd_widgets.context import get_context


def get_relay_options(request: Request) -> Options:
    """Return the options of a call for this visitor; the campaign believes only known keys."""
    if get_context(request).settings.campaign_key is None:
        return {}
    address = _find_address(request)
    return {"visitor_address": str(address)} if address else {}


def find_visitor_network(request: Request) -> str | None:
    """Return what limits for one visitor count by; None if it is unknown or local."""
    return find_network(_find_address(request))


def _find_address(request: Request) -> Address | None:
    return find_client_address(
        request.client.host if request.client else None,
        request.headers.getlist("x-forwarded-for"),
        get_context(request).settings.trusted_proxies,
    )
