import re

import pytest
from sqlalchemy import select

from imd_campaign.audit.tables import audit
from imd_campaign.staff import accounts, login, login_limits, one_time_codes
from imd_campaign.staff.errors import LoginFailed, TooManyAttempts
from imd_campaign.staff.login import Credentials
from imd_campaign.staff.login_limits import LoginOrigin
from imd_campaign.staff.tables import staff_accounts, staff_sessions

SESSION = "__Host-imd-staff-session"
NETWORK = b"a network of today"


@pytest.fixture
def person(add_person, clock):
    person = add_person("moderator")
    clock.forward(minutes=1)
    return person


def enter(person, **changed):
    return {"email": person.email, "password": person.password, "code": person.code()} | changed


def log_in(person, code=None, *, origin=LoginOrigin(), password=None):  # noqa: B008 frozen
    credentials = Credentials(person.email, password or person.password, code or person.code())
    return login.log_in(person.context, credentials, origin, "Firefox, Android")


def read_actions(context):
    with context.database.read() as connection:
        return list(connection.execute(select(audit.c.action).order_by(audit.c.id)).scalars())


def test_login_leads_to_the_overview(browser, person):
    response = browser.post("/staff/login", enter(person))
    assert (response.status_code, response.headers["location"]) == (303, "/staff")
    assert browser.get("/staff").status_code == 200


def test_login_and_logout_are_audited(browser, person, context):
    browser.post("/staff/login", enter(person))
    browser.post("/staff/logout", page="/staff")
    assert read_actions(context) == ["staff.login", "staff.end-session"]


@pytest.mark.parametrize(
    "wrong", [{"password": "four words are few"}, {"code": "000000"}, {"email": "x@example.org"}]
)
def test_wrong_entry_shows_the_same_page_whatever_was_wrong(browser, person, wrong):
    response = browser.post("/staff/login", enter(person) | wrong)
    assert response.status_code == 422
    assert "This did not match" in response.text
    assert SESSION not in response.headers.get("set-cookie", "")


def test_failed_login_never_shows_the_password_again(browser, person):
    response = browser.post("/staff/login", enter(person, password="my secret password"))
    assert "my secret password" not in response.text
    assert person.email in response.text


def test_failed_login_to_an_account_is_audited(person, context):
    with pytest.raises(LoginFailed):
        log_in(person, password="wrong password")
    assert read_actions(context) == ["staff.login-failed"]


def test_unknown_address_leaves_no_trace_in_the_audit_log(browser, context):
    data = {"email": "nobody@example.org", "password": "x", "code": "1"}
    assert browser.post("/staff/login", data).status_code == 422
    assert read_actions(context) == []


def test_code_works_once(person):
    code = person.code()
    log_in(person, code)
    with pytest.raises(LoginFailed):
        log_in(person, code)


def test_earlier_code_does_not_work_after_a_later_one(person, clock):
    earlier = person.code()
    clock.forward(seconds=30)
    log_in(person)
    with pytest.raises(LoginFailed):
        log_in(person, earlier)


def test_code_of_a_clock_that_is_half_a_minute_slow_works(person, clock):
    code = person.code()
    clock.forward(seconds=30)
    assert log_in(person, code).account_id == person.account_id


def test_code_of_a_minute_ago_does_not_work(person, clock):
    code = person.code()
    clock.forward(seconds=60)
    with pytest.raises(LoginFailed):
        log_in(person, code)


def replace_codes(person):
    return accounts.replace_recovery_codes(
        person.context, person.account_id, "ses_sample", person.password
    )


def test_recovery_code_works_once_without_the_app(person):
    code, *_ = replace_codes(person)
    log_in(person, code.upper().replace("-", " "))
    with pytest.raises(LoginFailed):
        log_in(person, code)


def test_new_recovery_codes_replace_the_earlier_ones(person):
    code, *_ = replace_codes(person)
    replace_codes(person)
    with pytest.raises(LoginFailed):
        log_in(person, code)


def test_disabled_account_cannot_sign_in(person, add_person):
    add_person("admin")
    accounts.disable(person.context, person.account_id, actor="shell:test", reason="left")
    with pytest.raises(LoginFailed):
        log_in(person)


def test_address_may_be_written_otherwise(person):
    credentials = Credentials("Moderator+phone@EXAMPLE.org", person.password, person.code())
    found = login.log_in(person.context, credentials, LoginOrigin(), "Firefox, Android")
    assert found.account_id == person.account_id


# --- limits --------------------------------------------------------------------------------------


def fail(person, times, *, origin=LoginOrigin(), email=None):  # noqa: B008 frozen
    for _ in range(times):
        credentials = Credentials(email or person.email, "wrong password", "000000")
        with pytest.raises(LoginFailed):
            login.log_in(person.context, credentials, origin, "Firefox, Android")


def test_tenth_failure_of_an_account_is_the_last_for_a_quarter_of_an_hour(person, clock):
    fail(person, 10)
    with pytest.raises(TooManyAttempts) as raised:
        log_in(person)
    assert raised.value.retry_after == 15 * 60
    clock.forward(minutes=15)
    assert log_in(person).account_id == person.account_id


def test_unknown_account_has_the_same_limit(person):
    fail(person, 10, email="nobody@example.org")
    with pytest.raises(TooManyAttempts):
        fail(person, 1, email="nobody@example.org")


def test_browser_that_has_signed_in_before_is_not_locked_out_by_others(person, clock):
    known = LoginOrigin(device=log_in(person).device)
    clock.forward(minutes=1)
    fail(person, 10)
    assert log_in(person, origin=known).account_id == person.account_id


def test_mark_of_a_browser_helps_with_its_own_account_only(person, add_person, clock):
    other = add_person("admin")
    clock.forward(minutes=1)
    foreign = LoginOrigin(device=log_in(other).device)
    fail(person, 10)
    with pytest.raises(TooManyAttempts):
        log_in(person, origin=foreign)


def test_known_browser_has_a_limit_too(person, clock):
    known = LoginOrigin(device=log_in(person).device)
    clock.forward(minutes=1)
    fail(person, 10, origin=known)
    with pytest.raises(TooManyAttempts):
        log_in(person, origin=known)


def test_network_may_fail_thirty_times_with_different_accounts(person):
    for number in range(30):
        fail(person, 1, origin=LoginOrigin(NETWORK), email=f"person{number}@example.org")
    with pytest.raises(TooManyAttempts):
        log_in(person, origin=LoginOrigin(NETWORK))
    assert log_in(person).account_id == person.account_id


def test_requests_without_a_network_have_a_limit_together(person, context, monkeypatch):
    monkeypatch.setattr(login_limits, "MAX_FROM_UNKNOWN", 3)
    for number in range(3):
        fail(person, 1, email=f"person{number}@example.org")
    with pytest.raises(TooManyAttempts):
        log_in(person)


def test_successful_logins_do_not_count(person, clock):
    for _ in range(12):
        log_in(person, origin=LoginOrigin(NETWORK))
        clock.forward(seconds=30)


def test_page_says_how_to_go_on_after_too_many_failures(browser, person):
    fail(person, 10)
    response = browser.post("/staff/login", enter(person))
    assert (response.status_code, response.headers["retry-after"]) == (429, "900")
    assert "ask an administrator" in response.text


# --- what is stored ------------------------------------------------------------------------------


def test_database_has_neither_name_nor_address_nor_password_nor_token(person, context):
    token = log_in(person).token
    with context.database.read() as connection:
        rows = [
            tuple(row)
            for table in (staff_accounts, staff_sessions)
            for row in connection.execute(select(table))
        ]
    dump = repr(rows)
    secrets = ("Sample Person", person.email, person.password, token, person.app.secret, "argon2")
    assert [secret for secret in secrets if secret in dump] == []


def test_password_is_hashed_with_argon2id(person, context):
    with context.database.read() as connection:
        row = connection.execute(select(staff_accounts)).mappings().one()
    assert context.vault.decrypt(row["locked"])["password"].startswith(
        "$argon2id$v=19$m=8,t=3,p=1$"
    )


def test_qr_code_of_one_nonce_differs_for_each_owner(context):
    secrets = {one_time_codes.derive_secret(context, owner, "same") for owner in ("a", "b")}
    assert len(secrets) == 2


def test_cookies_are_bound_to_host_and_https(browser, person):
    cookies = browser.post("/staff/login", enter(person)).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith(f"{SESSION}="))
    parts = set(re.split("; ", session)[1:])
    assert parts == {"HttpOnly", "Path=/", "SameSite=strict", "Secure"}


# --- one's own password, in a session ------------------------------------------------------------


@pytest.mark.parametrize("path", ["app", "recovery-codes", "password"])
def test_own_password_cannot_be_guessed_in_a_session(sign_in, clock, path):
    browser, path = sign_in("moderator"), f"/staff/account/{path}"
    wrong = {"current": "wrong", "password": "a" * 12, "repeated": "a" * 12}
    for _ in range(10):
        assert browser.post(path, wrong).status_code == 422
        clock.forward(seconds=1)
    right = wrong | {"current": browser.person.password}
    refused = browser.post(path, right)
    assert (refused.status_code, int(refused.headers["retry-after"])) == (429, 15 * 60 - 10)
    clock.forward(minutes=15)
    assert browser.post(path, right).status_code != 429


def test_right_passwords_do_not_count_as_attempts(sign_in, clock):
    browser = sign_in("moderator")
    for _ in range(11):
        response = browser.post("/staff/account/app", {"current": browser.person.password})
        assert response.status_code == 200
        clock.forward(seconds=1)


def test_attempts_in_one_session_do_not_lock_out_another(sign_in, add_person):
    person = add_person("moderator")
    lost, kept = sign_in(person=person), sign_in(person=person)
    for _ in range(11):
        lost.post("/staff/account/app", {"current": "wrong"})
    assert kept.post("/staff/account/app", {"current": person.password}).status_code == 200
