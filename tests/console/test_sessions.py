import re

import pyotp
import pytest
from sqlalchemy import select, update

from imd_campaign import retention
from imd_campaign.staff import accounts, one_time_codes, sessions
from imd_campaign.staff.errors import SessionEnded, UnknownAccount
from imd_campaign.staff.session_tokens import OwnSession
from imd_campaign.staff.tables import staff_invitations, staff_login_failures, staff_sessions

SESSION = "__Host-imd-staff-session"


def is_signed_in(browser) -> bool:
    return browser.get("/staff").status_code == 200


def test_session_ends_after_half_an_hour_without_use(sign_in, clock):
    browser = sign_in("moderator")
    clock.forward(minutes=29)
    assert is_signed_in(browser)
    clock.forward(minutes=30)
    assert not is_signed_in(browser)


def test_session_ends_after_twelve_hours_of_use(sign_in, clock):
    browser = sign_in("moderator")
    for _ in range(12 * 3 - 1):
        clock.forward(minutes=20)
        assert is_signed_in(browser)
    clock.forward(minutes=20)
    assert not is_signed_in(browser)


def test_session_is_listed_without_an_address(sign_in):
    page = sign_in("moderator").get("/staff/account").text
    assert "Firefox, Android" in page
    assert "testclient" not in page


def test_own_session_can_be_ended_elsewhere(sign_in, add_person, context):
    person = add_person("moderator")
    lost, kept = sign_in(person=person), sign_in(person=person)
    other = next(one for one in sessions.list_sessions(context) if one.id not in _own_id(kept))
    kept.post(f"/staff/account/sessions/{other.id}", page="/staff/account")
    assert (is_signed_in(lost), is_signed_in(kept)) == (False, True)


def _own_id(browser) -> str:
    token = browser.client.cookies[SESSION]
    return sessions.find(browser.person.context, token).session.id


def test_session_of_somebody_else_cannot_be_ended(sign_in):
    admin, moderator = sign_in("admin"), sign_in("moderator")
    moderator.post(f"/staff/account/sessions/{_own_id(admin)}", page="/staff/account")
    assert is_signed_in(admin)


def test_all_other_sessions_end_at_once(sign_in, add_person):
    person = add_person("moderator")
    lost, kept = sign_in(person=person), sign_in(person=person)
    kept.post("/staff/account/sessions", page="/staff/account")
    assert (is_signed_in(lost), is_signed_in(kept)) == (False, True)


def test_administrator_ends_the_session_of_somebody(sign_in):
    admin, moderator = sign_in("admin"), sign_in("moderator")
    path = f"/staff/accounts/{moderator.person.account_id}"
    admin.post(f"{path}/sessions/{_own_id(moderator)}", page=path)
    assert not is_signed_in(moderator)


@pytest.mark.parametrize("change", ["role", "disable", "reset"])
def test_change_by_an_administrator_ends_the_sessions(sign_in, change):
    admin, moderator = sign_in("admin"), sign_in("moderator")
    path = f"/staff/accounts/{moderator.person.account_id}/{change}"
    data = {"role": "fulfilment", "reason": "A sample reason", "current": admin.person.password}
    assert admin.post(path, data).status_code == 303
    assert not is_signed_in(moderator)


def test_new_password_ends_all_other_sessions(sign_in, add_person):
    person = add_person("moderator")
    lost, kept = sign_in(person=person), sign_in(person=person)
    new = "other words are better"
    data = {"current": person.password, "password": new, "repeated": new}
    assert kept.post("/staff/account/password", data).status_code == 303
    assert (is_signed_in(lost), is_signed_in(kept)) == (False, True)


@pytest.mark.parametrize("change", ["password", "app", "others"])
def test_copy_of_the_cookie_no_longer_works_after(sign_in, open_browser, change):
    kept, thief = sign_in("moderator"), open_browser()
    thief.client.cookies.set(SESSION, kept.client.cookies[SESSION])
    assert is_signed_in(thief)
    assert make_change(kept, change).status_code == 303
    assert (is_signed_in(thief), is_signed_in(kept)) == (False, True)


def make_change(browser, change):
    if change == "others":
        return browser.post("/staff/account/sessions", page="/staff/account")
    data = {"current": browser.person.password}
    if change == "password":
        new = "other words are better"
        return browser.post("/staff/account/password", data | {"password": new, "repeated": new})
    page = browser.post("/staff/account/app", data).text
    [nonce] = re.findall(r'name="nonce" value="([^"]*)"', page)
    context = browser.person.context
    secret = one_time_codes.derive_secret(context, browser.person.account_id, nonce)
    code = pyotp.TOTP(secret).at(context.now())
    return browser.post("/staff/account/app", data | {"nonce": nonce, "code": code})


SECRETS = {
    "/staff/account/recovery-codes": {},
    "/staff/accounts/invite": {"role": "moderator"},
    "/staff/keys/new": {"name": "Sample partner", "scopes": ["signatures:read"]},
}


@pytest.mark.parametrize("path", SECRETS)
def test_secret_is_not_shown_to_a_copy_of_the_cookie(sign_in, open_browser, path):
    kept, thief = sign_in("admin"), open_browser()
    thief.client.cookies.set(SESSION, kept.client.cookies[SESSION])
    data = {"reason": "A sample reason", "current": kept.person.password} | SECRETS[path]
    made = kept.post(path, data)
    assert not is_signed_in(thief)
    assert '<ul class="secrets"' in kept.get(made.headers["location"]).text


def test_request_with_the_earlier_token_gets_no_new_one(sign_in, context):
    browser = sign_in("moderator")
    token = browser.client.cookies[SESSION]
    session = OwnSession(_own_id(browser), browser.person.account_id, token)
    browser.post("/staff/account/sessions", page="/staff/account")
    with pytest.raises(SessionEnded):
        sessions.end_others(context, session, reason="own account")
    assert is_signed_in(browser)


def test_administrators_cannot_reset_their_own_account(sign_in):
    admin = sign_in("admin")
    path = f"/staff/accounts/{admin.person.account_id}"
    data = {"reason": "A sample reason", "current": admin.person.password}
    assert admin.post(f"{path}/reset", data, page=f"{path}/role").status_code == 404
    assert is_signed_in(admin)
    assert f"{path}/reset" not in admin.get(path).text


def test_signing_out_ends_the_session_on_the_server(sign_in):
    browser = sign_in("moderator")
    token = browser.client.cookies[SESSION]
    browser.post("/staff/logout", page="/staff")
    browser.client.cookies.set(SESSION, token)
    assert not is_signed_in(browser)


def test_use_is_written_once_a_minute_at_most(sign_in, context, clock):
    browser = sign_in("moderator")
    clock.forward(seconds=59)
    is_signed_in(browser)
    with context.database.read() as connection:
        row = connection.execute(select(staff_sessions)).mappings().one()
    assert row["last_used_at"] == row["created_at"]


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_token_of_no_session_signs_nobody_in(context, token):
    assert sessions.find(context, token) is None


def test_expired_sessions_invitations_and_failures_are_deleted(context, sign_in, clock):
    browser = sign_in("moderator")
    browser.post("/staff/login", {"email": "nobody@example.org"}, page="/staff/login")
    with context.database.write() as connection:
        connection.execute(update(staff_sessions).values(last_used_at=clock.now))
    clock.forward(days=4)
    retention.purge_expired(context)
    with context.database.read() as connection:
        for table in (staff_sessions, staff_invitations, staff_login_failures):
            assert connection.execute(select(table)).all() == []


def test_name_and_address_are_erased_a_year_after_an_account_was_disabled(
    context, add_person, clock
):
    add_person("admin")
    person = add_person("moderator")
    accounts.disable(context, person.account_id, actor="shell:test", reason="left")
    clock.forward(days=365)
    retention.purge_expired(context)
    assert len(accounts.list_accounts(context)) == 2
    clock.forward(seconds=1)
    retention.purge_expired(context)
    assert [one.role for one in accounts.list_accounts(context)] == ["admin"]
    with pytest.raises(UnknownAccount):
        accounts.enable(context, person.account_id, actor="shell:test", reason="back")


def test_last_administrator_cannot_be_disabled(sign_in):
    admin = sign_in("admin")
    data = {"reason": "A sample reason", "current": admin.person.password}
    response = admin.post(f"/staff/accounts/{admin.person.account_id}/disable", data)
    assert response.status_code == 409
    assert is_signed_in(admin)


def test_language_of_the_account_is_kept(sign_in, context):
    browser = sign_in("moderator")
    browser.post("/staff/account/language", {"lang": "ar"}, page="/staff/account")
    assert '<html lang="ar" dir="rtl">' in browser.get("/staff").text
    assert accounts.get_account(context, browser.person.account_id).lang == "ar"
