"""Accounts of the staff console from the shell, and the demo's own accounts."""

import re

import pyotp
import pytest
from starlette.testclient import TestClient

from imd_campaign.settings import Settings
from imd_campaign.staff import accounts, one_time_codes, sessions
from imd_campaign.staff.accounts import NewAccount
from imd_cli import campaign_app, combined_app, demo_campaign, demo_staff
from imd_cli.campaign.context import open_context
from imd_cli.main import main

REASON = ["--reason", "A sample reason"]
LINK = re.compile(r"http://127\.0\.0\.1:1218/staff/invitations/[\w-]{22}\n")
SITE = "http://127.0.0.1:1218"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("campaign")


@pytest.fixture(scope="module", autouse=True)
def campaign(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("IMD_CAMPAIGN_STAFF_HASH_MEMORY", "8")
        assert main(["campaign", "secrets"]) == 0
        assert main(["campaign", "migrate"]) == 0
        yield


@pytest.fixture(scope="module")
def staff(campaign):
    """The IDs of two administrators."""
    return [add_account("first@example.org"), add_account("second@example.org")]


def add_account(email):
    with open_context() as context:
        nonce = one_time_codes.new_nonce()
        app = pyotp.TOTP(one_time_codes.derive_secret(context, "test", nonce))
        new = NewAccount("Sample Person", email, "four sample words", app.now(), nonce)
        prepared = accounts.prepare(context, "test", new)
        with context.database.write() as connection:
            account_id = accounts.create(context, connection, "admin", prepared)
            sessions.begin(context, connection, account_id, "Firefox, Android")
    return account_id


@pytest.fixture
def run(capsys):
    def run(*arguments):
        try:
            status = main(["campaign", "staff", *arguments])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return run


def test_invite_prints_the_link_alone(run):
    status, out, err = run("invite", "--role", "moderator", *REASON)
    assert status == 0
    assert LINK.fullmatch(out)
    assert "once, within three days" in err


def test_unknown_role_lists_the_roles(run):
    status, _, err = run("invite", "--role", "owner", *REASON)
    assert status == 2
    assert all(role in err for role in ("moderator", "fulfilment", "admin"))


def test_list_shows_names_addresses_and_roles(run, staff):
    _, out, _ = run("list")
    assert out.splitlines()[1].split()[:5] == [
        *(staff[0], "Sample", "Person"),
        *("first@example.org", "admin"),
    ]


def test_sessions_are_listed_and_ended(run, staff):
    assert run("sessions", staff[0])[1].count("Firefox, Android") == 1
    assert (
        run("sessions", staff[0], "--end", *REASON)[1] == f"1 sessions of {staff[0]} have ended.\n"
    )
    assert "Firefox, Android" not in run("sessions", staff[0])[1]


def test_ending_sessions_needs_an_account_and_a_reason(run, staff):
    assert run("sessions", "--end", *REASON)[0] == 2
    assert run("sessions", staff[0], "--end")[0] == 2


def test_account_is_disabled_and_enabled(run, staff):
    assert run("disable", staff[1], *REASON)[0] == 0
    assert run("list")[1].splitlines()[2].split()[-1] != "–"
    assert run("enable", staff[1], *REASON)[1] == f"{staff[1]} is enabled.\n"


def test_last_administrator_cannot_be_disabled(run, staff):
    run("disable", staff[1], *REASON)
    status, _, err = run("disable", staff[0], *REASON)
    assert (status, err) == (
        1,
        "imd: this is the last active administrator; invite another one before\n",
    )
    run("enable", staff[1], *REASON)


def test_reset_prints_a_link(run, staff):
    status, out, _ = run("reset-totp", staff[0], *REASON)
    assert status == 0
    assert LINK.fullmatch(out)


@pytest.mark.parametrize("command", ["disable", "enable", "reset-totp"])
def test_unknown_account_is_explained(run, command):
    status, _, err = run(command, "stf_nothing", *REASON)
    assert (status, err) == (1, "imd: not found: `imd campaign staff list` shows the IDs\n")


# --- beside a campaign server --------------------------------------------------------------------


def test_campaign_server_has_the_console_and_the_api():
    settings = Settings(mail_delivery=False, site_url="https://campaign.example")
    with TestClient(
        campaign_app.create_app(settings), base_url="https://campaign.example"
    ) as client:
        assert client.get("/staff/login").status_code == 200
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/stafff").headers["content-type"] == "application/problem+json"


# --- the demo ------------------------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path):
    campaign, widgets = demo_campaign.prepare(tmp_path / "demo", SITE)
    campaign = campaign.model_copy(update={"mail_delivery": False, "staff_hash_memory": 8})
    app = combined_app.create_app(campaign, widgets, routes=demo_staff.make_routes())
    with TestClient(app, base_url=SITE, client=("127.0.0.1", 50000)) as client:
        yield client


def test_demo_signs_in_without_a_password(demo):
    answer = demo.post("/demo/staff", data={"role": "moderator"}, headers={"Origin": SITE})
    assert answer.url == f"{SITE}/staff"
    assert "Events to review" in answer.text


def test_demo_accounts_are_named_as_such(demo):
    for _ in range(2):
        demo.post("/demo/staff", data={"role": "admin"}, headers={"Origin": SITE})
    assert demo.get("/staff/accounts").text.count("<bdi>Demo: admin</bdi>") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "campaign.example"},
    ],
)
def test_demo_signs_nobody_in_from_elsewhere(demo, headers):
    answer = demo.post("/demo/staff", data={"role": "admin"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_demo_page_explains_itself(demo):
    assert "in the demo only" in demo.get("/demo/staff").text
