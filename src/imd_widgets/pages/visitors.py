"""What the campaign is told about the visitor who sends a form: the network address, if it asks."""

from starlette.requests import Request

from imd_network.client_address import find_client_address
from imd_sdk.options import Options
from imd_widgets.context import get_context


def get_relay_options(request: Request) -> Options:
    """Return the options of a call for this visitor; the campaign believes only known keys."""
    settings = get_context(request).settings
    if settings.campaign_key is None:
        return {}
    address = find_client_address(
        request.client.host if request.client else None,
        request.headers.getlist("x-forwarded-for"),
        settings.trusted_proxies,
    )
    return {"visitor_address": str(address)} if address else {}
