import re

import pyotp
import pytest

from imd_campaign.staff import accounts, invitations

NONCE = re.compile(r'name="nonce" value="([\w-]+)"')
KEY = re.compile(r'<code class="key" dir="ltr">([A-Z2-7 ]+)</code>')
CODE = re.compile(r'<code dir="ltr">([0-9a-z-]{14})</code>')
PERSON = {"name": "Sample Person", "email": "person@example.org", "password": "four sample words"}
SESSION = "__Host-imd-staff-session"


@pytest.fixture
def invite(context):
    def make(role="moderator"):
        link = invitations.invite(context, role, actor="shell:test", reason="A sample reason")
        return link.removeprefix("https://campaign.example")

    return make


def read_app(page: str) -> tuple[str, pyotp.TOTP]:
    return NONCE.search(page)[1], pyotp.TOTP(KEY.search(page)[1].replace(" ", ""))


def accept(browser, path, clock, **changed):
    nonce, app = read_app(browser.get(path).text)
    data = {**PERSON, "nonce": nonce, "code": app.at(clock.now), **changed}
    return browser.post(path, data), app


def test_invitation_makes_an_account_with_its_role(browser, invite, clock, context):
    response, _ = accept(browser, invite("fulfilment"), clock)
    assert response.status_code == 303
    [account] = accounts.list_accounts(context)
    assert (account.name, account.email, account.role) == (
        *("Sample Person", "person@example.org"),
        "fulfilment",
    )


def test_recovery_codes_are_shown_once(browser, invite, clock):
    response, _ = accept(browser, invite(), clock)
    shown = browser.get(response.headers["location"]).text
    assert len(CODE.findall(shown)) == 10
    assert CODE.findall(browser.get(response.headers["location"]).text) == []


def test_new_account_can_sign_in_with_its_app(browser, open_browser, invite, clock):
    _, app = accept(browser, invite(), clock)
    clock.forward(minutes=1)
    data = {"email": PERSON["email"], "password": PERSON["password"], "code": app.at(clock.now)}
    assert open_browser().post("/staff/login", data).headers["location"] == "/staff"


def test_code_of_the_set_up_cannot_be_used_to_sign_in(browser, open_browser, invite, clock):
    _, app = accept(browser, invite(), clock)
    data = {"email": PERSON["email"], "password": PERSON["password"], "code": app.at(clock.now)}
    assert open_browser().post("/staff/login", data).status_code == 422


def test_qr_code_is_inline(browser, invite):
    page = browser.get(invite()).text
    assert '<svg viewBox="0 0' in page
    assert "otpauth" not in page


def test_invitation_works_once(browser, open_browser, invite, clock):
    path = invite()
    other = open_browser()
    nonce, app = read_app(other.get(path).text)
    accept(browser, path, clock)
    token = re.search(r'name="token" value="([0-9a-f]+)"', other.get("/staff/login").text)[1]
    data = {**PERSON, "nonce": nonce, "code": app.at(clock.now), "token": token}
    assert other.client.post(path, data=data).status_code == 410


def test_invitation_expires_after_three_days(browser, invite, clock):
    path = invite()
    clock.forward(days=3)
    assert browser.get(path).status_code == 410


def test_withdrawn_invitation_is_not_valid(sign_in, browser, invite, context):
    path, admin = invite(), sign_in("admin")
    [invitation] = invitations.list_invitations(context)
    admin.post(f"/staff/accounts/invitations/{invitation.id}/withdraw", page="/staff/accounts")
    assert browser.get(path).status_code == 410


def test_invitations_of_a_disabled_administrator_end(add_person, browser, context):
    first, other = add_person("admin"), add_person("admin", email="other@example.org")
    link = invitations.invite(context, "admin", actor=other.account_id, reason="A sample reason")
    accounts.disable(context, other.account_id, actor=first.account_id, reason="left")
    assert browser.get(link.removeprefix("https://campaign.example")).status_code == 410


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Enter your name"),
        ({"name": "\u202ename"}, "Enter your name"),
        ({"email": "nobody"}, "Enter an e-mail address"),
        ({"password": "eleven char"}, "at least 12 characters"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "easy to guess"),
        ({"password": "Person@example.org"}, "easy to guess"),
        ({"code": "000000"}, "This code is not right"),
        ({"code": "xxxxxx"}, "This code is not right"),
    ],
)
def test_invalid_entry_is_explained_next_to_its_field(browser, invite, clock, changed, sentence):
    response, _ = accept(browser, invite(), clock, **changed)
    assert response.status_code == 422
    [field] = changed
    assert re.search(rf'<a href="#{field}">[^<]*{sentence}', response.text)
    assert f'aria-describedby="{field}' in response.text


def test_same_qr_code_is_shown_again_after_an_error(browser, invite, clock):
    path = invite()
    nonce, _ = read_app(browser.get(path).text)
    data = {**PERSON, "nonce": nonce, "code": "000000"}
    assert read_app(browser.post(path, data).text)[0] == nonce


def test_address_has_one_account(browser, open_browser, invite, clock):
    accept(browser, invite(), clock)
    response, _ = accept(open_browser(), invite(), clock, email="Person+x@example.org")
    assert response.status_code == 422
    assert "There is an account with this address already" in response.text


def test_link_to_sign_in_anew_keeps_the_account(add_person, browser, context, clock):
    person = add_person("moderator", name="Known Person")
    link = invitations.reset(context, person.account_id, actor="shell:test", reason="lost phone")
    response, _ = accept(browser, link.removeprefix("https://campaign.example"), clock)
    assert response.status_code == 303
    [account] = accounts.list_accounts(context)
    assert (account.id, account.name, account.email) == (
        *(person.account_id, "Known Person"),
        "moderator@example.org",
    )


def test_old_password_and_app_stop_working_at_once(add_person, browser, context, clock):
    person = add_person("moderator")
    clock.forward(minutes=1)
    invitations.reset(context, person.account_id, actor="shell:test", reason="lost phone")
    for password in (person.password, ""):
        data = {"email": person.email, "password": password, "code": person.code()}
        assert browser.post("/staff/login", data).status_code == 422


def test_inviting_asks_for_the_own_password(sign_in, context):
    data = {"role": "admin", "reason": "A sample reason", "current": "not the password"}
    response = sign_in("admin").post("/staff/accounts/invite", data)
    assert response.status_code == 422
    assert invitations.list_invitations(context) == []


def test_link_of_an_invitation_is_shown_once(sign_in):
    admin = sign_in("admin")
    data = {"role": "moderator", "reason": "A sample reason", "current": admin.person.password}
    path = admin.post("/staff/accounts/invite", data).headers["location"]
    assert "https://campaign.example/staff/invitations/" in admin.get(path).text
    assert "https://campaign.example/staff/invitations/" not in admin.get(path).text
