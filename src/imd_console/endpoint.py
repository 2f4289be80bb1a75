"""From a request to a page: session, permission, form, view, and what errors show."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from hmac import compare_digest
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from imd_campaign.context import Context
from imd_campaign.errors import NotFound
from imd_campaign.failures import log_failure
from imd_campaign.networks.service import fingerprint_network
from imd_campaign.staff import sessions
from imd_campaign.staff.errors import NotPermitted, SessionEnded
from imd_campaign.staff.login_limits import LoginOrigin
from imd_campaign.staff.roles import is_permitted
from imd_campaign.switches import service as switches
from imd_console.clients import describe_client
from imd_console.cookies import Cookies, choose_cookies, read_cookies
from imd_console.forms import EMPTY, REASON, TOKEN, Form, read_form
from imd_console.headers import ROUTE
from imd_console.languages import choose_language
from imd_console.navigation import NavigationEntry, select_entries
from imd_console.origins import is_from_our_site
from imd_console.page import Page, View
from imd_console.paths import LOGIN
from imd_console.problems import (
    FROM_ELSEWHERE,
    NEEDS_HTTPS,
    WRONG_METHOD,
    PageProblem,
    to_problem,
)
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest
from imd_console.threads import run_for_anybody, run_for_staff
from imd_network.client_address import find_client_address
from imd_network.client_network import find_network

READING = {"GET", "HEAD"}
NONCE_BYTES = 16
MAX_COOKIE_LENGTH = 200
FORM = "imd_console.form"
"""In the scope of a request: what its body has."""

GetContext = Callable[[], Context]


def make_endpoint(
    page: Page, get_context: GetContext, entries: Sequence[NavigationEntry]
) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        request.scope[ROUTE] = page.path
        return await _answer(page, get_context(), entries, request)

    return respond


async def _answer(
    page: Page, context: Context, entries: Sequence[NavigationEntry], request: Request
) -> Response:
    try:
        staff_request = await _prepare(context, entries, request)
    except Exception as error:  # noqa: BLE001 the last net: it is logged, without its message
        return _report_without_session(error, context, request)
    try:
        return await _respond(page, staff_request, request)
    except Exception as error:  # noqa: BLE001 as above
        form = await _find_own_form(staff_request, request)
        return await run_for_staff(_report, error, replace(staff_request, form=form))


# ------------------------------------------------------------------ who asks


async def _prepare(
    context: Context, entries: Sequence[NavigationEntry], request: Request
) -> StaffRequest:
    if "\x00" in request.scope["path"]:  # no database can look for it
        raise NotFound
    cookies = choose_cookies(context.settings, request)
    if cookies is None:
        raise PageProblem(HTTPStatus.FORBIDDEN, NEEDS_HTTPS)
    sent = read_cookies(request)
    token = sent.get(cookies.session)
    current = await run_for_staff(sessions.find, context, token) if token else None
    language = choose_language(
        current.account.lang if current else request.query_params.get("lang"),
        accepted=request.headers.get("accept-language", ""),
    )
    staff_request = StaffRequest(
        context,
        language,
        cookies,
        request.url.path,
        request.path_params,
        request.query_params,
        current=current,
        client=describe_client(request.headers.get("user-agent", "")),
        login_origin=await _find_origin(context, request, sent.get(cookies.device)),
    )
    if current is None:
        return _with_form_cookie(staff_request, sent.get(cookies.form, ""))
    entries = select_entries(entries, current.account.role)
    return replace(
        staff_request, form_token=current.form_token, session_token=token, entries=entries
    )


def _with_form_cookie(request: StaffRequest, sent: str) -> StaffRequest:
    """Bind forms to a cookie where there is no session, so that nobody is signed in unasked."""
    is_usable = sent.isascii() and 0 < len(sent) <= MAX_COOKIE_LENGTH
    nonce = sent if is_usable else secrets.token_urlsafe(NONCE_BYTES)
    token = sessions.make_form_token(request.context, f"form/{nonce}")
    return replace(request, form_token=token, new_form_cookie=None if is_usable else nonce)


async def _find_origin(context: Context, request: Request, device: str | None) -> LoginOrigin:
    if request.method in READING:
        return LoginOrigin()
    peer = request.client.host if request.client else None
    forwarded = request.headers.getlist("x-forwarded-for")
    address = find_client_address(peer, forwarded, context.settings.trusted_proxies)
    return LoginOrigin(await fingerprint_network(context, find_network(address)), device)


# ------------------------------------------------------------------ what is shown


async def _respond(page: Page, staff_request: StaffRequest, request: Request) -> Response:
    if page.action is not None and staff_request.current is None:
        return await _ask_to_sign_in(staff_request, request)
    if page.action is not None and not is_permitted(staff_request.account.role, page.action):
        raise NotPermitted
    view = _choose_view(page, request.method)
    if request.method not in READING:
        if not page.works_read_only:
            await switches.reject_changes(staff_request.context)
        staff_request = await _add_form(staff_request, request)
    run = run_for_anybody if page.action is None else run_for_staff
    return await run(view, staff_request)


def _choose_view(page: Page, method: str) -> View:
    views = {"GET": page.get, "HEAD": page.get, "POST": page.post}
    view = views.get(method)
    if view is None:
        allowed = ", ".join(name for name, known in views.items() if known)
        raise PageProblem(HTTPStatus.METHOD_NOT_ALLOWED, WRONG_METHOD, headers={"Allow": allowed})
    return view


async def _ask_to_sign_in(staff_request: StaffRequest, request: Request) -> Response:
    """Show the login, unless a reason was typed while the session ended: that is shown again."""
    form = await _find_own_form(staff_request, request)
    if form.get(REASON):
        raise SessionEnded
    return redirect(LOGIN)


async def _find_own_form(staff_request: StaffRequest, request: Request) -> Form:
    """Return what somebody has sent with our own page, or an empty form."""
    is_own = is_from_our_site(request, staff_request.context.settings.site_url)
    if request.method in READING or not is_own:
        return EMPTY
    try:
        return await _read_form(request)
    except PageProblem:
        return EMPTY


async def _read_form(request: Request) -> Form:
    """Read the body once: a page that reports a problem needs the form again."""
    if FORM not in request.scope:
        request.scope[FORM] = EMPTY
        request.scope[FORM] = await read_form(request)
    form: Form = request.scope[FORM]
    return form


async def _add_form(staff_request: StaffRequest, request: Request) -> StaffRequest:
    if not is_from_our_site(request, staff_request.context.settings.site_url):
        raise PageProblem(HTTPStatus.FORBIDDEN, FROM_ELSEWHERE)
    form = await _read_form(request)
    if not _has_token(form, staff_request.form_token):
        raise PageProblem(HTTPStatus.FORBIDDEN, FROM_ELSEWHERE)
    return replace(staff_request, form=form)


def _has_token(form: Form, token: str) -> bool:
    return compare_digest(form.get(TOKEN).encode(), token.encode())


# ------------------------------------------------------------------ errors


def _report(error: Exception, request: StaffRequest) -> Response:
    problem = to_problem(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log_failure("staff console", error)
    sentence = request.gettext(problem.message)
    response = render(request, "problem.html", status=problem.status, sentence=sentence)
    response.headers.update(problem.headers)
    return response


def _report_without_session(error: Exception, context: Context, request: Request) -> Response:
    """Show a page to somebody whose session could not be read; it has no forms."""
    language = choose_language(accepted=request.headers.get("accept-language", ""))
    cookies = Cookies(is_local=False)
    return _report(error, StaffRequest(context, language, cookies, request.url.path, {}, {}))
