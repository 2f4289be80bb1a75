import asyncio
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.context import get_context
from imd_widgets.pages.page_responses import (
    Subject,
    describe_page,
    get_language,
    render_page,
)
from imd_widgets.pages.preview_images import make_title_endpoint
from imd_widgets.pages.visitors import find_visitor_network
from imd_widgets.site_check.checker import TooManyChecks, get_checker
from imd_widgets.site_check.fetcher import MAX_URL_LENGTH, FetchError
from imd_widgets.site_check.findings import Finding, list_findings
from imd_widgets.widget.options import N_

TITLE = N_("Check my page")
DESCRIPTION = N_(
    "We load your page once, as a browser would, and report anything that would stop a widget "
    "from being shown."
)
IMAGE_PATH = "/pictures/check.png"
RETRY_SECONDS = "60"
BUSY = N_("Too many pages are being checked right now. Please try again in a minute.")
REASONS = {
    "address": N_("This is not the URL of a page. A URL begins with https:// and a name."),
    "unknown": N_("There is no site with this name."),
    "private": N_("This page is in a private network, which we cannot and will not check."),
    "slow": N_("The page took too long to load."),
    "unreachable": N_("The site could not be reached."),
    "unreadable": N_("The site sent a response that cannot be read."),
    "certificate": N_("The site’s certificate is not valid, so browsers do not show the page."),
    "redirects": N_("The page redirects too many times."),
    "refused": N_("The site refused to send the page."),
    "other": N_("This URL is not a web page but another kind of file."),
}


async def show_page(request: Request) -> Response:
    address = request.query_params.get("url", "").strip()
    if not address:
        return _render(request, "")
    try:
        with get_checker(request).admit(find_visitor_network(request)):
            return _render(request, address, found=await _check(request, address))
    except TooManyChecks:
        response = _render(request, address, error=BUSY, status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = RETRY_SECONDS
        return response
    except FetchError as error:
        return _render(request, address, error=REASONS[error.reason])


async def _check(request: Request, address: str) -> list[Finding]:
    checker, public_url = get_checker(request), get_context(request).settings.public_url
    fetched = await checker.fetcher.fetch(address)
    async with checker.parsing:
        return await asyncio.to_thread(list_findings, fetched, public_url, get_language(request))


def _render(
    request: Request,
    address: str,
    *,
    error: str = "",
    found: list[Finding] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    language, shown = get_language(request), address[:MAX_URL_LENGTH]
    title, meaning = language.gettext(TITLE), language.gettext(DESCRIPTION)
    subject = Subject(title, meaning, image_path=IMAGE_PATH)
    return render_page(
        request,
        "site_check.html",
        status=status,
        is_cacheable=not address,
        metadata=describe_page(request, subject),
        other_parameters=f"&{urlencode({'url': shown})}" if shown else "",
        address=shown,
        error=language.gettext(error),
        findings=found,
    )


ROUTES = (Route("/check", show_page, name="check"), Route(IMAGE_PATH, make_title_endpoint(TITLE)))
