"""Each role can do its work and nothing else: every route, with every method, for every role."""

import re

import pytest

from imd_campaign.staff import store
from imd_campaign.staff.roles import ACTIONS, PERMISSIONS, ROLES
from imd_console.problems import NOT_PERMITTED
from imd_console.registry import PAGES

ANYBODY = ("anonymous", *ROLES)
STAFF = ROLES
MODERATORS = ("moderator", "admin")
FULFILMENT = ("fulfilment", "admin")
ADMINS = ("admin",)

# Who may open each route; a route that is missing here fails a test.
ALLOWED = {
    "/staff": STAFF,
    "/staff/events": MODERATORS,
    "/staff/events/{id}": MODERATORS,
    "/staff/events/{id}/place": MODERATORS,
    "/staff/events/{id}/private-place": MODERATORS,
    "/staff/changes": MODERATORS,
    "/staff/changes/{id}": MODERATORS,
    "/staff/changes/{id}/place": MODERATORS,
    "/staff/calendars": MODERATORS,
    "/staff/calendars/new": ADMINS,
    "/staff/calendars/{id}/remove": ADMINS,
    "/staff/guests": MODERATORS,
    "/staff/guests/{id}": MODERATORS,
    "/staff/orders": FULFILMENT,
    "/staff/orders/order": FULFILMENT,
    "/staff/orders/stock": FULFILMENT,
    "/staff/petitions": ADMINS,
    "/staff/petitions/check": ADMINS,
    "/staff/petitions/{slug}": ADMINS,
    "/staff/invalidations": ADMINS,
    "/staff/invalidations/new": ADMINS,
    "/staff/invalidations/{id}": ADMINS,
    "/staff/email": ADMINS,
    "/staff/email/retry": ADMINS,
    "/staff/email/unblock": ADMINS,
    "/staff/partners": ADMINS,
    "/staff/partners/new": ADMINS,
    "/staff/partners/sources/{source}": ADMINS,
    "/staff/partners/sources/{source}/link": ADMINS,
    "/staff/partners/sources/{source}/key": ADMINS,
    "/staff/partners/sources/{source}/revoke": ADMINS,
    "/staff/keys": ADMINS,
    "/staff/keys/new": ADMINS,
    "/staff/keys/{id}": ADMINS,
    "/staff/keys/{id}/revoke": ADMINS,
    "/staff/webhooks": ADMINS,
    "/staff/webhooks/{id}": ADMINS,
    "/staff/switches": ADMINS,
    "/staff/switches/{name}": ADMINS,
    "/staff/accounts": ADMINS,
    "/staff/accounts/invite": ADMINS,
    "/staff/accounts/invitations/{id}/withdraw": ADMINS,
    "/staff/accounts/{id}": ADMINS,
    "/staff/accounts/{id}/role": ADMINS,
    "/staff/accounts/{id}/disable": ADMINS,
    "/staff/accounts/{id}/enable": ADMINS,
    "/staff/accounts/{id}/reset": ADMINS,
    "/staff/accounts/{id}/sessions/{session}": ADMINS,
    "/staff/audit": ADMINS,
    "/staff/account": STAFF,
    "/staff/account/language": STAFF,
    "/staff/account/password": STAFF,
    "/staff/account/app": STAFF,
    "/staff/account/recovery-codes": STAFF,
    "/staff/account/sessions": STAFF,
    "/staff/account/sessions/{id}": STAFF,
    "/staff/logout": STAFF,
    "/staff/login": ANYBODY,
    "/staff/invitations/{token}": ANYBODY,
    "/staff/style/{tag}.css": ANYBODY,
    "/staff/mark.svg": ANYBODY,
    "/staff/{path:path}": ANYBODY,
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARAMETER = re.compile(r"{[^}]+}")


def fill(path: str) -> str:
    return PARAMETER.sub("nothing", path)


def outcome(response) -> str:
    if response.status_code == 303 and response.headers["location"] == "/staff/login":
        return "sign in first"
    return "not permitted" if NOT_PERMITTED in response.text else "allowed"


def test_every_route_is_in_the_table(console):
    assert {route.path for route in console.routes} == ALLOWED.keys()


@pytest.mark.parametrize("role", ANYBODY)
def test_role_can_open_its_routes_and_no_others(sign_in, browser, role):
    opened = browser if role == "anonymous" else sign_in(role)
    otherwise = "sign in first" if role == "anonymous" else "not permitted"
    found, expected = {}, {}
    for path, allowed in ALLOWED.items():
        for method in METHODS:
            if method == "HEAD" and role not in allowed:
                continue  # its response has no text
            response = opened.client.request(method, fill(path))
            found[method, path] = outcome(response)
            expected[method, path] = "allowed" if role in allowed else otherwise
    assert found == expected


def test_head_is_not_permitted_either(sign_in):
    response = sign_in("moderator").client.head("/staff/audit")
    assert response.status_code == 403


def test_page_without_an_action_is_for_people_who_have_not_signed_in():
    open_pages = {page.path for page in PAGES if page.action is None}
    assert open_pages == {"/staff/login", "/staff/invitations/{token}"}


def test_switches_can_be_turned_off_while_the_campaign_is_read_only():
    forms = [page for page in PAGES if page.action == "set-switches" and page.post]
    assert [page.path for page in forms if not page.works_read_only] == []


def test_navigation_lists_what_the_role_includes(sign_in):
    links = re.findall(r'<li><a href="(/staff[\w/-]*)"', sign_in("fulfilment").get("/staff").text)
    assert links == ["/staff", "/staff/orders", "/staff/account"]


def test_every_action_is_given_to_a_role_and_administrators_have_all():
    assert frozenset().union(*PERMISSIONS.values()) == PERMISSIONS["admin"] == frozenset(ACTIONS)


def test_unknown_role_may_do_nothing(context, sign_in):
    browser = sign_in("moderator")
    with context.database.write() as connection:
        store.change_account(connection, browser.person.account_id, role="superuser")
    assert browser.get("/staff").status_code == 403


@pytest.mark.parametrize(("method", "path"), [("PUT", "/staff/events"), ("GET", "/staff/logout")])
def test_other_methods_are_not_allowed(sign_in, method, path):
    response = sign_in("moderator").client.request(method, path)
    assert response.status_code == 405
    assert method not in response.headers["allow"].split(", ")
