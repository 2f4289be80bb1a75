"""Accounts of staff on both databases, also when two people act at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from imd_campaign.audit import service as audit
from imd_campaign.audit.service import AuditFilter
from imd_campaign.pagination import PageRequest
from imd_campaign.staff import accounts, invitations, login, one_time_codes, sessions
from imd_campaign.staff.accounts import NewAccount
from imd_campaign.staff.errors import (
    InvalidField,
    InvitationInvalid,
    LastAdmin,
    LoginFailed,
    StaffError,
)
from imd_campaign.staff.login import Credentials
from imd_campaign.staff.login_limits import LoginOrigin
from imd_campaign.staff.session_tokens import OwnSession

pytestmark = pytest.mark.both_databases

SIGNED = {"actor": "shell:test", "reason": "A sample reason"}
PASSWORD = "four sample words"


@pytest.fixture
def accept(context):
    """Accept an invitation: `accept("admin", "a@example.org")` returns the account and its app."""

    def make(role, email):
        link = invitations.invite(context, role, **SIGNED)
        token = link.rpartition("/")[2]
        owner, nonce = invitations.get(context, token).id, one_time_codes.new_nonce()
        app = pyotp.TOTP(one_time_codes.derive_secret(context, owner, nonce))
        new = NewAccount("Sample Person", email, PASSWORD, app.at(context.now()), nonce)
        return invitations.accept(context, token, new, "Firefox, Android"), app

    return make


def at_once(*actions):
    """Run actions in threads; return their results or errors."""
    with ThreadPoolExecutor(len(actions)) as pool:
        futures = [pool.submit(action) for action in actions]
        return [future.exception() or future.result() for future in futures]


def test_one_code_begins_one_session(context, accept, clock):
    accepted, app = accept("moderator", "a@example.org")
    clock.forward(minutes=1)
    credentials = Credentials("a@example.org", PASSWORD, app.at(context.now()))

    def log_in():
        return login.log_in(context, credentials, LoginOrigin(b"network"), "Firefox, Android")

    results = at_once(*[log_in] * 4)
    assert [type(result) for result in results].count(LoginFailed) == 3
    found = sessions.list_sessions(context, accepted.account_id)
    assert len(found) == 2  # with that of the invitation


def test_one_invitation_makes_one_account(context):
    token = invitations.invite(context, "admin", **SIGNED).rpartition("/")[2]
    owner = invitations.get(context, token).id

    def accept(number):
        nonce = one_time_codes.new_nonce()
        app = pyotp.TOTP(one_time_codes.derive_secret(context, owner, nonce))
        email, code = f"person{number}@example.org", app.at(context.now())
        new = NewAccount("Sample Person", email, PASSWORD, code, nonce)
        return invitations.accept(context, token, new, "Firefox, Android")

    results = at_once(*[lambda number=number: accept(number) for number in range(3)])
    assert [type(result) for result in results].count(InvitationInvalid) == 2
    assert len(accounts.list_accounts(context)) == 1


def test_two_administrators_cannot_disable_each_other_at_once(context, accept):
    ids = [accept("admin", f"admin{number}@example.org")[0].account_id for number in range(2)]
    results = at_once(*[lambda one=one: accounts.disable(context, one, **SIGNED) for one in ids])
    assert [type(result) for result in results].count(LastAdmin) == 1
    assert sum(account.is_active for account in accounts.list_accounts(context)) == 1


def reset(context, account_id):
    invitations.reset(context, account_id, **SIGNED)


def disable(context, account_id):
    accounts.disable(context, account_id, **SIGNED)


@pytest.mark.parametrize("intervene", [reset, disable])
@pytest.mark.parametrize("change", ["password", "app", "codes"])
def test_request_at_work_does_not_undo_a_reset(context, accept, monkeypatch, change, intervene):
    accept("admin", "b@example.org")
    accepted, _ = accept("moderator", "a@example.org")
    account_id = accepted.account_id
    session = OwnSession(sessions.list_sessions(context, account_id)[0].id, account_id, "token")
    confirm = accounts.confirm_password

    def confirm_then_intervene(*arguments):
        confirmed = confirm(*arguments)
        intervene(context, account_id)
        return confirmed

    monkeypatch.setattr(accounts, "confirm_password", confirm_then_intervene)
    with pytest.raises(InvalidField, match="wrong-password"):
        make_change(context, session, change)
    with pytest.raises(LoginFailed):
        accounts.check_password(context, account_id, "other words are better")
    assert accounts.count_recovery_codes(context, account_id) == (0 if intervene is reset else 10)


def make_change(context, session, change):
    if change == "password":
        accounts.change_password(context, session, PASSWORD, "other words are better")
    elif change == "codes":
        accounts.replace_recovery_codes(context, session.account_id, session.id, PASSWORD)
    else:
        confirmed = accounts.confirm_password(context, session.account_id, session.id, PASSWORD)
        nonce = one_time_codes.new_nonce()
        secret = one_time_codes.derive_secret(context, session.account_id, nonce)
        code = pyotp.TOTP(secret).at(context.now())
        accounts.change_authenticator(context, session, confirmed, nonce, code)


def test_session_is_found_by_its_token_with_its_account(context, accept):
    accepted, _ = accept("moderator", "a@example.org")
    current = sessions.find(context, accepted.token)
    assert (current.account.id, current.account.email) == (accepted.account_id, "a@example.org")


def test_recovery_codes_are_counted_and_used(context, accept, clock):
    accepted, _ = accept("moderator", "a@example.org")
    clock.forward(minutes=1)
    credentials = Credentials("a@example.org", PASSWORD, accepted.recovery_codes[0])
    login.log_in(context, credentials, LoginOrigin(), "Firefox, Android")
    assert accounts.count_recovery_codes(context, accepted.account_id) == 9


def test_audit_trail_is_searched_by_time_actor_and_action(context, accept, clock):
    accept("moderator", "a@example.org")
    clock.forward(days=1)
    accept("admin", "b@example.org")
    filters = AuditFilter(
        since=clock.now - timedelta(hours=1), actor="shell:test", action="staff.invite"
    )
    with context.database.read() as connection:
        found = audit.search(connection, filters, PageRequest(10))
        assert [entry.subject for entry in found.items] == ["admin"]
        assert "shell:test" in audit.list_actors(connection)
        assert audit.list_actions(connection) == ["staff.accept-invitation", "staff.invite"]


def test_errors_have_no_personal_data(context, accept):
    accept("moderator", "a@example.org")
    with pytest.raises(StaffError) as raised:
        accept("admin", "A+x@example.org")
    assert "example.org" not in repr(raised.value)
