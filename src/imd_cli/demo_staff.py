"""Sign in to the staff console of the demo, on this machine, without a password."""

import secrets
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs

from anyio import to_thread
from pyotp.totp import TOTP
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from imd_campaign.context import Context
from imd_campaign.staff import accounts, one_time_codes, sessions
from imd_campaign.staff.accounts import NewAccount
from imd_campaign.staff.errors import UnknownAccount
from imd_campaign.staff.roles import ROLES
from imd_cli.page_headers import make_page_headers
from imd_console.cookies import choose_cookies
from imd_console.origins import is_from_our_site

PATH = "/demo/staff"
TEMPLATE = Path(__file__).parent / "demo_staff.html"
MAX_BODY_BYTES = 1000
REFUSED = "The demo's accounts can be used on this machine only, from the page of the demo."


def make_routes() -> list[Route]:
    source = TEMPLATE.read_text(encoding="utf-8")
    headers = make_page_headers(source, forms="'self'")

    async def show(_: Request) -> Response:
        return HTMLResponse(source, headers=headers)

    return [
        Route(PATH, show, methods=["GET"]),
        Route(PATH, sign_in, methods=["POST"]),
    ]


async def sign_in(request: Request) -> Response:
    context: Context = request.app.state.campaign.state.context
    cookies = choose_cookies(context.settings, request)
    role = await _read_role(request)
    is_ours = is_from_our_site(request, context.settings.site_url)
    if cookies is None or not cookies.is_local or not is_ours or role not in ROLES:
        return Response(REFUSED, HTTPStatus.FORBIDDEN, media_type="text/plain")
    token = await to_thread.run_sync(partial(_begin_session, context, role))
    response = RedirectResponse("/staff", HTTPStatus.SEE_OTHER)
    cookies.begin_session(response, token)
    return response


async def _read_role(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return ""
    return parse_qs(body.decode(errors="replace")).get("role", [""])[0]


def _begin_session(context: Context, role: str) -> str:
    email = f"{role}@campaign.example"
    try:
        account_id = accounts.find_by_email(context, email).id
    except UnknownAccount:
        account_id = _create_account(context, role, email)
    with context.database.write() as connection:
        return sessions.begin(context, connection, account_id, "demo")


def _create_account(context: Context, role: str, email: str) -> str:
    """Create an account whose password and app nobody has: only this page signs in to it."""
    nonce = one_time_codes.new_nonce()
    app = TOTP(one_time_codes.derive_secret(context, PATH, nonce))
    new = NewAccount(
        name=f"Demo: {role}",
        email=email,
        password=secrets.token_urlsafe(),
        code=app.at(context.now()),
        nonce=nonce,
    )
    prepared = accounts.prepare(context, PATH, new)
    with context.database.write() as connection:
        return accounts.create(context, connection, role, prepared)
