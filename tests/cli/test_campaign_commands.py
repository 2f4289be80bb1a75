"""Every command that runs next to a campaign server, on a database of its own."""

import io
import os
import sqlite3
import sys
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import select

from imd_campaign.audit.service import list_entries
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.return_path import make_return_path
from imd_campaign.mail.tables import outbox
from imd_campaign.petitions import counting
from imd_campaign.petitions import service as petitions
from imd_campaign.switches.service import NAMES
from imd_cli.campaign.context import open_context
from imd_cli.campaign.switches import MEANINGS
from imd_cli.main import main
from imd_cli.progress import ProgressLine

REASON = ["--reason", "A sample reason"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("campaign")


@pytest.fixture(scope="module", autouse=True)
def sample(folder):
    """The sample campaign, in a database that the tests of this module share."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
            patch.delenv(name)
        patch.chdir(folder)
        assert main(["campaign", "secrets"]) == 0
        assert main(["campaign", "sample"]) == 0
        yield


@pytest.fixture
def run(capsys):
    def run(*arguments):
        try:
            status = main(["campaign", *arguments])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return run


def ids(table):
    return [line.split()[0] for line in table.splitlines()[1:]]


def test_migrating_twice_changes_nothing(run):
    assert run("migrate") == (0, "The database is up to date.\n", "")
    assert run("migrate") == (0, "The database is up to date.\n", "")


def test_a_key_is_shown_once_and_listed_without_its_secret(run):
    status, key, note = run("keys", "create", "Sample partner", "--scope", "signatures:read")
    assert (status, key.count("\n")) == (0, 1)
    assert "not shown again" in note
    status, table, _ = run("keys", "list")
    assert (status, "Sample partner" in table, key.strip() in table) == (0, True, False)


def test_a_revoked_key_is_listed_as_revoked(run):
    _, _, note = run("keys", "create", "Short-lived", "--scope", "events:moderate")
    identifier = note.partition(":")[0]
    assert run("keys", "revoke", identifier) == (0, f"{identifier} is revoked.\n", "")
    (line,) = [line for line in run("keys", "list")[1].splitlines() if identifier in line]
    assert not line.endswith("–")


def test_partners_key_has_a_quota(run):
    scope = ("--scope", "signatures:write")
    _, _, note = run("keys", "create", "Partner", *scope, "--hourly-quota", "500")
    identifier = note.partition(":")[0]
    (line,) = [line for line in run("keys", "list")[1].splitlines() if identifier in line]
    assert " 500 " in line


def test_quota_of_a_key_is_changed_and_listed(run):
    _, _, note = run("keys", "create", "Partner", "--scope", "signatures:write")
    identifier = note.partition(":")[0]
    assert " 10000 " in run("keys", "list")[1]
    changed = run("keys", "set-quota", identifier, "50000")
    assert changed == (0, f"{identifier} may now submit 50,000 signatures an hour.\n", "")
    (line,) = [line for line in run("keys", "list")[1].splitlines() if identifier in line]
    assert " 50000 " in line


@pytest.mark.parametrize("quota", ["0", "-5", "9999999999999", "many"])
def test_quota_that_no_key_can_have_changes_nothing(run, quota):
    _, _, note = run("keys", "create", "Partner", "--scope", "signatures:write")
    status, out, err = run("keys", "set-quota", note.partition(":")[0], quota)
    assert (status, out, "quota" in err) == (2, "", True)


def test_only_keys_that_submit_signatures_have_a_quota(run):
    _, _, note = run("keys", "create", "Reader", "--scope", "signatures:read")
    status, _, err = run("keys", "set-quota", note.partition(":")[0], "5")
    assert (status, "signatures:write" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [("signatures:write", "--hourly-quota", "0"), ("signatures:read", "--hourly-quota", "5")],
)
def test_a_quota_that_makes_no_sense_is_an_error(run, words):
    status, out, err = run("keys", "create", "Partner", "--scope", *words)
    assert (status, out) == (2, "")
    assert "hourly quota" in err


def test_an_unknown_scope_lists_the_valid_ones(run):
    status, out, err = run("keys", "create", "Sample", "--scope", "everything")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "signatures:read" in err


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "revoke", "unknown"],
        ["keys", "set-quota", "unknown", "5"],
        ["moderate", "approve", "unknown", *REASON],
        ["moderate", "accept", "unknown", *REASON],
        ["moderate", "make-private", "unknown", *REASON],
        ["moderate", "approve-change", "unknown", *REASON],
        ["moderate", "mark-paid", "unknown", *REASON],
    ],
    ids=" ".join,
)
def test_an_unknown_id_is_one_line(run, command):
    status, out, err = run(*command)
    assert (status, out) == (1, "")
    assert err == "imd: not found: check the id\n"


def test_a_public_event_can_be_cancelled_once(run):
    status, table, _ = run("moderate", "events", "--state", "public")
    event = ids(table)[0]
    assert status == 0
    cancel = ["moderate", "cancel", event, *REASON]
    assert run(*cancel) == (0, f"{event} is cancelled.\n", "")
    assert run(*cancel) == (1, "", "imd: This has already been decided\n")


def test_place_of_an_event_is_made_private_once(run):
    public = ids(run("moderate", "events", "--state", "public")[1])
    [event] = [one for one in public if one.endswith("mexico_city_vigil")]
    hide = ["moderate", "make-private", event, *REASON]
    assert run(*hide) == (0, f"The place of {event} is private.\n", "")
    assert run(*hide) == (1, "", "imd: This has already been decided\n")


def test_submitted_event_is_shown_with_its_description(run):
    public = ids(run("moderate", "events", "--state", "public")[1])
    [event] = [one for one in public if one.endswith("oakland_potluck")]
    status, out, err = run("moderate", "show", event)
    assert (status, err, out.splitlines()[0].split()) == (0, "", ["event", event])
    assert out.split("\n\n")[1].startswith("Twelve chairs, one long table.")


def test_guests_without_a_decision_are_listed(run):
    status, table, _ = run("moderate", "attendances")
    assert (status, table.split()[:2]) == (0, ["attendance", "event"])


def test_proposed_changes_are_listed(run):
    status, table, _ = run("moderate", "changes")
    assert (status, table.split()) == (0, ["change", "event", "field", "now", "proposed"])


@pytest.fixture
def order(folder):
    """The ID of an order that is not paid."""
    order_id = "ord_sample"
    with closing(sqlite3.connect(folder / "var/campaign.sqlite3")) as database, database:
        database.execute("DELETE FROM orders")
        database.execute(
            "INSERT INTO orders (id, state, poster, edition, quantity, amount, currency, "
            "created_at) SELECT ?, 'placed', poster, id, 1, amount, currency, "
            "'2026-11-23 12:00:00' FROM editions WHERE run IS NULL LIMIT 1",
            [order_id],
        )
    return order_id


def test_orders_are_listed_and_marked_as_paid_and_sent(run, order):
    assert ids(run("moderate", "orders")[1]) == [order]
    assert run("moderate", "mark-paid", order, *REASON) == (0, f"{order} is paid.\n", "")
    assert run("moderate", "mark-sent", order, *REASON) == (0, f"{order} is sent.\n", "")
    assert ids(run("moderate", "orders", "--state", "sent")[1]) == [order]


def test_paid_order_is_shown_with_its_certificate_and_refunded(run, order, folder):
    with closing(sqlite3.connect(folder / "var/campaign.sqlite3")) as database:
        database.execute("UPDATE prints SET sold_to = ? WHERE number = 1", [order])
        database.commit()
    run("moderate", "mark-paid", order, *REASON)
    status, shown, _ = run("moderate", "show-order", order)
    assert status == 0
    assert f"/orders/{order}/certificate" in shown
    assert run("moderate", "refund-order", order, *REASON) == (0, f"{order} is refunded.\n", "")
    assert ids(run("moderate", "orders", "--state", "refunded")[1]) == [order]
    assert "certificate" not in run("moderate", "show-order", order)[1]


def test_late_payment_of_an_order_is_recorded(run, order):
    run("moderate", "cancel-order", order, *REASON)
    paid = run("moderate", "mark-paid-late", order, *REASON)
    assert paid == (0, f"{order} is paid_late.\n", "")


def test_stock_lists_every_edition(run, order):
    status, table, _ = run("stock")
    assert status == 0
    heading, *rows = table.splitlines()
    assert heading.split() == ["poster", "edition", "kind", "run", "sold", "held", "left"]
    assert {tuple(row.split()[1:3]) for row in rows} == {("open", "open"), ("limited", "limited")}


def test_an_order_is_cancelled(run, order):
    assert run("moderate", "cancel-order", order, *REASON) == (0, f"{order} is cancelled.\n", "")


@pytest.mark.parametrize("reason", ["", "x" * 100_000])
def test_a_reason_of_a_wrong_length_is_one_line(run, reason):
    event = ids(run("moderate", "events", "--state", "public")[1])[0]
    status, out, err = run("moderate", "cancel", event, "--reason", reason)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "reason" in err


@pytest.mark.parametrize(
    "words",
    [
        ["switches", "on", "busy"],
        ["staff", "invite", "--role", "admin"],
        ["partners", "revoke", "none"],
        ["apply", "own", "--yes"],
        ["close", "totals", "--yes"],
    ],
)
def test_every_command_rejects_a_blank_reason(run, words):
    status, out, err = run(*words, "--reason", " \n ")
    message = "imd: --reason must have between 1 and 1,000 characters\n"
    assert (status, out, err) == (2, "", message)


@pytest.mark.parametrize("words", [["moderate", "events", "--state", "open"], ["keys"], ["apply"]])
def test_an_incomplete_command_is_a_usage_error(run, words):
    status, out, err = run(*words)
    assert (status, out, "usage: imd campaign" in err) == (2, "", True)


def test_audit_of_a_correct_campaign_says_that_all_agree(run):
    assert run("audit-totals") == (0, "Totals, ledger and signatures agree.\n", "")


@contextmanager
def wrong_total(folder):
    """Let the sample petition have one signature too many meanwhile."""
    _add_to_total(folder, 1)
    try:
        yield
    finally:
        _add_to_total(folder, -1)


def _add_to_total(folder, change):
    with closing(sqlite3.connect(folder / "var/campaign.sqlite3")) as database, database:
        database.execute("UPDATE petitions SET total = total + ?", [change])


def test_audit_reports_each_difference_and_fails(run, folder):
    with wrong_total(folder):
        expected = "convention, total: 6146 numbered in the ledger, 6147 counted\n"
        assert run("audit-totals") == (1, expected, "")


# --- copying -------------------------------------------------------------------------------------


def test_copied_campaign_is_the_same(run, tmp_path, monkeypatch):
    _, events, _ = run("moderate", "events", "--state", "public")
    url = f"sqlite:///{tmp_path}/copy.sqlite3"
    status, out, err = run("copy-database", "--to", url)
    assert (status, err) == (0, "")
    assert "tables were copied and are equal" in out
    assert "set IMD_CAMPAIGN_DATABASE_URL" in out
    monkeypatch.setenv("IMD_CAMPAIGN_DATABASE_URL", url)
    assert run("moderate", "events", "--state", "public") == (0, events, "")
    assert run("audit-totals")[0] == 0


def test_url_of_the_new_database_can_be_piped(run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"sqlite:///{tmp_path}/piped.sqlite3\n"))
    assert run("copy-database")[0] == 0
    assert (tmp_path / "piped.sqlite3").exists()


def test_totals_that_did_not_agree_before_the_copy_are_shown(run, folder, tmp_path):
    with wrong_total(folder):
        status, out, _ = run("copy-database", "--to", f"sqlite:///{tmp_path}/copy.sqlite3")
    assert (status, out.count("The totals did not agree before the copy: ")) == (1, 1)


@pytest.mark.parametrize("url", ["", "mysql://sample-password@host/name", "copy.sqlite3"])
def test_invalid_url_of_the_new_database_is_a_usage_error(run, monkeypatch, url):
    monkeypatch.setattr(sys, "stdin", io.StringIO(url))
    status, out, err = run("copy-database")
    assert (status, out, err.count("\n"), "sample-password" in err) == (2, "", 1, False)
    assert "the target's URL: " in err


def test_rejected_copy_is_one_line(run, folder):
    status, out, err = run("copy-database", "--to", "sqlite:///var/campaign.sqlite3")
    assert (status, out) == (1, "")
    assert err == "imd: the target is the database of the campaign itself; choose another one\n"


def test_interrupted_copy_says_that_nothing_was_copied(run, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressLine, "show", interrupt)
    url = f"sqlite:///{tmp_path}/copy.sqlite3"
    assert run("copy-database", "--to", url) == (
        130, "", "Interrupted: nothing was copied, and the target is empty.\n",
    )  # fmt: skip


# --- bounces -------------------------------------------------------------------------------------

ADDRESS = "sample.person@example.org"
REPORT = """\
To: {return_path}
Content-Type: multipart/report; boundary="b"

--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; sample.person@example.org
Action: failed
Status: 5.1.1

--b--
"""


@pytest.fixture
def bounce(folder):
    """A report that an e-mail to the sample person bounced, which was sent just now."""
    with open_context() as context, context.database.write() as connection:
        mail.queue(context, connection, kind="test", email=Email(ADDRESS, "en", "S", "T"))
        email_id = connection.execute(select(outbox.c.id)).scalar_one()
        now = context.now()
        changed = outbox.update().values(state="sent", handed_over_at=now, done_at=now)
        connection.execute(changed)
        return_path = make_return_path(context.vault, "bounces@campaign.example", email_id)
    yield REPORT.format(return_path=return_path).encode()
    with closing(sqlite3.connect(folder / "var/campaign.sqlite3")) as database, database:
        database.execute("DELETE FROM outbox")
        database.execute("DELETE FROM bounced_addresses")


@pytest.fixture
def pipe(monkeypatch):
    """Let the command read these bytes from its standard input."""

    def pipe(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return pipe


def test_piped_bounce_is_recorded_silently(run, bounce, pipe):
    pipe(bounce)
    assert run("bounces", "read") == (0, "", "")
    shown = [line.split("  ") for line in run("bounces", "status")[1].splitlines()]
    assert {line[0]: line[-1].strip() for line in shown} == {
        "addresses suppressed": "1",
        "e-mails bounced": "1",
        "e-mails sent": "1",
    }


def test_piped_message_that_is_no_bounce_is_accepted(run, pipe):
    pipe(b"Subject: Away\n\nI am away until Monday.\n" * 10_000)
    assert run("bounces", "read") == (0, "", "")


def test_mail_server_is_asked_to_try_again_if_the_database_fails(run, bounce, pipe, monkeypatch):
    monkeypatch.setenv("IMD_CAMPAIGN_DATABASE_URL", "sqlite:////proc/nowhere/campaign.sqlite3")
    pipe(bounce)
    status, out, err = run("bounces", "read")
    assert (status, out, err.count("\n")) == (75, "", 1)


def test_bounces_in_a_maildir_are_counted_and_deleted(run, bounce, tmp_path):
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "1").write_bytes(bounce)
    shown = "Messages read: 2. Bounces recorded: 1.\n"
    assert run("bounces", "read", str(tmp_path), "--delete") == (0, shown, "")
    left = [file.parent.name for file in tmp_path.glob("*/1")]
    assert left == ["tmp"]


def test_bounces_in_files_and_folders_are_kept_without_the_option(run, bounce, tmp_path):
    (tmp_path / "one.eml").write_bytes(bounce)
    for path in (tmp_path, tmp_path / "one.eml"):
        assert run("bounces", "read", str(path))[0] == 0
    assert (tmp_path / "one.eml").exists()


def test_missing_file_is_one_line(run, tmp_path):
    status, out, err = run("bounces", "read", str(tmp_path / "nowhere"))
    assert (status, out, err.count("\n")) == (1, "", 1)


def test_lifting_a_suppression_allows_email_again(run, bounce, pipe):
    pipe(bounce)
    run("bounces", "read")
    lifted = run("bounces", "lift", "--email", ADDRESS, *REASON)
    assert lifted == (0, "E-mail to this address is allowed again.\n", "")
    assert "suppressed  0" in run("bounces", "status")[1]


def test_lifting_what_is_not_suppressed_does_not_repeat_the_address(run):
    status, out, err = run("bounces", "lift", "--email", "unknown@example.org", *REASON)
    assert (status, out, err) == (1, "", "imd: no e-mail to this address has bounced\n")


# --- mailboxes ---------------------------------------------------------------------------------


def test_bounced_address_from_standard_input_gets_email_again(run, bounce, pipe):
    pipe(bounce)
    run("bounces", "read")
    pipe(f"{ADDRESS}\n".encode())
    shown = "E-mail to this address had bounced, and is allowed again.\n"
    assert run("mailboxes", "unblock", *REASON) == (0, shown, "")
    assert "suppressed  0" in run("bounces", "status")[1]


@pytest.mark.parametrize(
    ("entered", "status", "message"),
    [
        ("unknown@example.org\n", 1, "imd: e-mail to this address is neither stopped nor bounced"),
        ("unknown\n", 2, "imd: what you entered is not an e-mail address."),
        ("", 2, "imd: what you entered is not an e-mail address."),
    ],
)
def test_mailbox_that_cannot_be_unblocked_is_not_repeated(run, pipe, entered, status, message):
    pipe(entered.encode())
    assert run("mailboxes", "unblock", *REASON) == (status, "", f"{message}\n")


def test_address_of_a_mailbox_is_no_argument(run, pipe):
    pipe(b"")
    assert run("mailboxes", "unblock", "--email", ADDRESS, *REASON)[0] == 2


def test_suppressions_since_a_time_are_lifted_together(run, bounce, pipe):
    pipe(bounce)
    run("bounces", "read")
    for since, number in (("2099-01-01", 0), ("2026-01-01T00:00Z", 1)):
        shown = f"Suppressions lifted: {number}.\n"
        assert run("bounces", "lift", "--since", since, *REASON) == (0, shown, "")


def test_time_that_cannot_be_read_is_a_usage_error(run):
    status, _, err = run("bounces", "lift", "--since", "yesterday", *REASON)
    assert (status, "--since: must be a time" in err) == (2, True)


# --- invalid signatures ------------------------------------------------------------------------

SINCE = ["--since", "2020-01-01T00:00Z"]


def count_signatures():
    with open_context() as context:
        while counting.fold(context):
            pass
        return petitions.get_count(context, "convention").total


def test_invalidate_counts_and_changes_nothing_without_yes(run):
    before = count_signatures()
    status, out, _ = run("invalidate", "--country", "MX", *SINCE)
    assert (status, "signatures meet these conditions" in out) == (0, True)
    assert "Nothing was changed" in out
    assert (count_signatures(), run("invalidations", "list")[2]) == (before, "(none)\n")


def test_invalidation_is_listed_and_undone(run):
    before = count_signatures()
    status, out, _ = run("invalidate", "--country", "KE", "--yes", *REASON)
    identifier = out.partition(":")[0]
    assert (status, count_signatures() < before) == (0, True)
    (line,) = [line for line in run("invalidations", "list")[1].splitlines() if identifier in line]
    assert ("country=KE" in line, " done " in line) == (True, True)
    status, out, _ = run("invalidations", "undo", identifier, *REASON)
    assert (status, "are counted again" in out, count_signatures()) == (0, True, before)
    again = run("invalidations", "undo", identifier, *REASON)
    assert again == (1, "", "imd: this has already been undone\n")


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--petition", "convention"], 1, "imd: conditions: Name at least one of"),
        (["--petition", "unknown", "--country", "KE"], 1, "imd: petition: there is no petition"),
        (["--country", "KE", "--yes"], 2, "imd: --yes needs a --reason"),
        (["--burst-size", "5"], 2, "imd: --burst-size needs --burst-minutes"),
        (["--country", "Kenya"], 1, "imd: country: must be a code of two letters"),
        (["--country", "AQ", "--yes", *REASON], 1, "imd: conditions: select no signature"),
    ],
)
def test_invalidation_that_cannot_be_meant_is_one_line(run, options, status, message):
    found, out, err = run("invalidate", *options)
    assert (found, out, err.startswith(message), err.count("\n")) == (status, "", True, 1)


def test_address_of_a_mailbox_to_invalidate_is_read_from_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("person@example.org\n"))
    status, out, _ = run("invalidate", "--mailbox")
    assert (status, out) == (0, "0 signatures meet these conditions.\n")


# --- switches ----------------------------------------------------------------------------------


def test_switch_is_turned_on_listed_and_turned_off(run):
    assert run("switches", "on", "busy", *REASON) == (
        0,
        "busy is on. Servers notice it within two seconds.\n",
        "",
    )
    (line,) = [line for line in run("switches", "list")[1].splitlines() if "busy" in line]
    assert line.split()[:2] == ["busy", "on"]
    assert run("switches", "off", "busy", *REASON)[0] == 0
    assert "  on  " not in run("switches", "list")[1]


def test_unknown_switch_lists_the_valid_ones(run):
    status, _, err = run("switches", "on", "panic", *REASON)
    assert (status, "stop_email" in err) == (2, True)


def test_switches_of_the_command_are_those_of_the_server():
    assert set(MEANINGS) == set(NAMES)


def test_acts_on_keys_are_in_the_audit_trail(run):
    _, _, note = run("keys", "create", "Audited", "--scope", "signatures:read", *REASON)
    identifier = note.partition(":")[0]
    run("keys", "revoke", identifier)
    with open_context() as context, context.database.read() as connection:
        found = [(each.action, each.reason) for each in list_entries(connection, identifier)]
    assert found == [("create-key", "A sample reason"), ("revoke-key", "")]


# --- partners ------------------------------------------------------------------------------------


def test_partner_is_added_with_a_link_and_a_key_and_revoked(run):
    assert run("partners", "add", "sample-union", "Sample Union") == (
        0,
        "sample-union is added.\n",
        "",
    )
    status, link, note = run("partners", "link", "sample-union", *REASON)
    assert (status, "not shown again" in note) == (0, True)
    assert link.startswith("http://127.0.0.1:1218/partners/")
    again = run("partners", "link", "sample-union", "--replace", *REASON)[1]
    assert again != link
    status, key, _ = run("partners", "key", "sample-union", "--scope", "signatures:attest")
    assert (status, key.startswith("imd_")) == (0, True)
    [row] = run("partners", "list")[1].splitlines()[1:]
    assert row.split()[:4] == ["sample-union", "Sample", "Union", "1"]
    revoked = run("partners", "revoke", "sample-union", *REASON)
    assert revoked == (0, "sample-union is revoked.\n", "")
    assert run("partners", "link", "sample-union", *REASON)[0] == 1


def test_partner_with_an_impossible_source_is_explained(run):
    status, _, error = run("partners", "add", "Sample Union", "Sample Union")
    assert (status, "characters a-z, 0-9 and -" in error) == (2, True)


def test_key_of_a_partner_is_not_created_without_one(run):
    status, _, error = run("keys", "create", "Sample", "--scope", "partners:read")
    assert (status, "imd campaign partners key" in error) == (2, True)
