"""Every command that calls a campaign, against a campaign in memory."""

import io
import json
import sys

import pytest

from imd_sdk.testing import ConnectionRefused, Unavailable

SIGNER = ["--name", "Sample Person", "--email", "sample@example.org"]
SIGN = ["petitions", "sign", "convention", *SIGNER, "--country", "KE"]
CONFIRM, SHOW = ["confirmations", "confirm"], ["confirmations", "show"]
BUYER = [*SIGNER, "--address", "1 Sample Street", "--locality", "Sampletown", "--country", "ES"]
READS = {
    "petitions list": "convention",
    "petitions show convention": "convention",
    "petitions count convention": "signatures",
    "petitions places convention": "country",
    "petitions signers convention": "name",
    "events list": "Nairobi",
    "posters list": "many-paths",
    "posters show many-paths": "many-paths",
    "share-kit": "hashtags",
    "resources": "resource",
}


@pytest.mark.parametrize("command", READS)
def test_reading_commands_print_text_for_people(run, command):
    status, out, err = run(*command.split())
    assert (status, err.removesuffix("(none)\n")) == (0, "")
    assert READS[command] in out


@pytest.mark.parametrize("command", [name for name in READS if "places" not in name])
def test_json_prints_one_object_per_line(run, command):
    status, out, err = run(*command.split(), "--json")
    assert (status, err) == (0, "")
    assert all(isinstance(json.loads(line), dict) for line in out.splitlines())


def test_an_event_is_shown_with_its_fields(run, event):
    status, out, _ = run("events", "show", event)
    assert status == 0
    assert "title        Sample vigil" in out
    assert json.loads(run("events", "show", event, "--json")[1])["id"] == event


def test_a_resource_is_shown_in_full(run, campaign):
    slug = next(iter(campaign.client().resources.list())).slug
    status, out, _ = run("resources", slug)
    assert (status, out.count("\n") > 2) == (0, True)
    assert json.loads(run("resources", slug, "--json")[1])["slug"] == slug


def test_an_unknown_event_names_the_problem(run):
    status, out, err = run("events", "show", "evt_unknown")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("imd: 404 not-found")


def test_filters_choose_events(run, campaign, event):
    assert event in run("events", "list", "-q", "Sample vigil")[1]
    run("events", "list", "--country", "KE", "--country", "MX", "-q", "a b", "--no-online")
    query = campaign.requests[-1].query
    assert query["country"] == ["KE", "MX"]
    assert (query["q"], query["online"]) == (["a b"], ["false"])


def test_geojson_is_printed_as_one_document(run):
    status, out, _ = run("events", "geojson")
    assert (status, json.loads(out)["type"]) == (0, "FeatureCollection")


def test_a_calendar_is_printed(run):
    status, out, _ = run("events", "ics")
    assert (status, out.startswith("BEGIN:VCALENDAR")) == (0, True)


@pytest.mark.parametrize(
    ("name", "start"), [("csv", "\ufeffid,title,"), ("atom", '<?xml version="1.0"')]
)
def test_feeds_are_printed(run, campaign, name, start):
    status, out, _ = run("events", name, "--limit", "1", "--kind", "vigil")
    assert (status, out.startswith(start)) == (0, True)
    assert campaign.requests[-1].query == {"limit": ["1"], "kind": ["vigil"]}


def test_signing_and_confirming(run, campaign):
    assert run(*SIGN)[0] == 0
    confirm = [*CONFIRM, campaign.mail[0].token, "--public", "--name", "Sample P."]
    status, out, _ = run(*confirm)
    assert (status, "state     confirmed\npetition  convention\n" in out) == (0, True)
    (signed,) = campaign.signatures("convention")
    assert (signed.name, signed.public, signed.updates) == ("Sample P.", True, False)
    assert json.loads(run(*confirm, "--json")[1])["state"] == "confirmed"


def test_a_confirmation_is_shown_before_it_is_decided(run, campaign):
    run(*SIGN)
    show = [*SHOW, campaign.mail[0].token]
    status, out, _ = run(*show)
    assert (status, "state     pending\n" in out, "Sample Person\n" in out) == (0, True, True)
    assert json.loads(run(*show, "--json")[1])["kind"] == "signature"


def test_a_signature_is_rejected(run, campaign):
    run(*SIGN)
    reject = ["confirmations", "reject", campaign.mail[0].token]
    status, out, _ = run(*reject)
    assert (status, "state     rejected\n" in out) == (0, True)
    assert campaign.signatures("convention") == []
    assert json.loads(run(*reject, "--json")[1])["state"] == "rejected"


def test_a_rejection_is_undone(run, campaign):
    run(*SIGN)
    token = campaign.mail[0].token
    run("confirmations", "reject", token)
    status, out, _ = run("confirmations", "undo-rejection", token)
    assert (status, out) == (0, "The campaign may send e-mail to this address again.\n")
    assert run("confirmations", "undo-rejection", token, "--json") == (0, "", "")
    run(*SIGN)
    assert len(campaign.mail) == 2


def test_news_is_unsubscribed_from(run, campaign):
    run(*SIGN)
    token = campaign.mail[0].token
    run("confirmations", "confirm", token, "--updates")
    status, out, _ = run("confirmations", "unsubscribe", token)
    assert (status, "no more reminders and news" in out) == (0, True)
    assert run("confirmations", "unsubscribe", token, "--json") == (0, "", "")
    (signed,) = campaign.signatures("convention")
    assert (signed.state, signed.updates) == ("confirmed", False)


def test_a_code_is_exchanged_for_its_token(run, campaign):
    run(*SIGN)
    (email,) = campaign.mail
    find = ["confirmations", "find-token", "--email", email.to, "--code", email.code.lower()]
    assert run(*find) == (0, f"{email.token}\n", "")
    assert json.loads(run(*find, "--json")[1]) == {"token": email.token}


def test_a_signature_in_json_is_its_receipt(run):
    assert json.loads(run(*SIGN, "--json")[1])["status"] == "confirmation_sent"


def test_an_unknown_country_names_the_field(run):
    status, out, err = run("petitions", "sign", "convention", *SIGNER, "--country", "Kenya")
    assert (status, out) == (1, "")
    assert "country" in err


def test_attending_an_event(run, campaign, event):
    status, out, _ = run("events", "attend", event, *SIGNER, "--guests", "1")
    assert (status, out.startswith("We have sent you an e-mail.")) == (0, True)
    (guest,) = campaign.attendances(event)
    assert (guest.email, guest.guests) == ("sample@example.org", 1)


def test_an_attendance_is_shown_and_confirmed(run, campaign, event):
    run("events", "attend", event, *SIGNER)
    token = campaign.mail[0].token
    assert "guests     0\nname       Sample Person\n" in run(*SHOW, token)[1]
    assert "status     accepted\n" in run(*CONFIRM, token)[1]
    assert json.loads(run(*SHOW, token, "--json")[1])["status"] == "accepted"


RESERVE = ["posters", "reserve", "many-paths", "--edition", "limited"]


@pytest.fixture
def ordered(run, campaign):
    """Order a print; return the token of the e-mail."""
    reservation = json.loads(run(*RESERVE, "--json")[1])["token"]
    assert run("posters", "order", reservation, *BUYER)[0] == 0
    return campaign.mail[-1].token


def test_reserving_and_ordering_a_print(run, campaign):
    status, out, _ = run(*RESERVE)
    assert (status, "valid until" in out) == (0, True)
    status, out, _ = run("posters", "order", out.split()[1], *BUYER)
    assert (status, out.startswith("We have sent you an e-mail.")) == (0, True)
    assert campaign.orders()[0].address["locality"] == "Sampletown"


def test_an_order_in_json_is_its_receipt(run):
    reservation = json.loads(run(*RESERVE, "--json")[1])["token"]
    out = run("posters", "order", reservation, *BUYER, "--json")[1]
    assert json.loads(out)["status"] == "confirmation_sent"


def test_an_order_is_shown_with_its_address_and_confirmed(run, ordered):
    shown = run(*SHOW, ordered)[1]
    assert "total     90.00 USD\n" in shown
    assert "Sampletown" in shown
    order = json.loads(run(*CONFIRM, ordered, "--json")[1])["order"]
    shown = run("posters", "show-order", order)[1]
    assert "state       placed\n" in shown
    assert json.loads(run("posters", "show-order", order, "--json")[1])["numbers"] == [1]


def test_another_edition_is_confirmed(run, ordered):
    out = run(*CONFIRM, ordered, "--edition", "open", "--quantity", "1")[1]
    assert "total     25.00 USD\n" in out


def test_a_sold_out_edition_is_an_error(run, campaign):
    campaign.add_poster("other", run=1, sold=1)
    status, out, err = run("posters", "reserve", "other", "--edition", "limited")
    assert (status, out) == (1, "")
    assert err.startswith("imd: 409 sold-out")


def test_the_file_to_print_is_downloaded_by_default(run, campaign, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("posters", "download", "many-paths")
    assert status == 0
    assert [file.name for file in tmp_path.iterdir()] == [out.strip()]


def test_a_download_to_a_folder_names_the_folder(run, tmp_path):
    status, out, err = run("posters", "download", "many-paths", "-o", str(tmp_path))
    assert (status, out) == (1, "")
    assert err == f"imd: {tmp_path}: Is a directory\n"


def test_a_poster_without_a_file_to_print_is_an_error(run, campaign):
    campaign.add_poster("bare")
    status, _, err = run("posters", "download", "bare")
    assert (status, err) == (1, "imd: the poster bare has no file to print\n")


def test_columns_with_consent_are_not_sent_and_explained_once(run, campaign, tmp_path):
    file = tmp_path / "sheet.csv"
    file.write_text("name,email,country,Show my name,News\nSample,a@example.org,KE,yes,no\n")
    status, out, _ = run("petitions", "import", str(file), "--petition", "convention")
    line = "Not sent: Show my name, News. People are asked when they confirm.\n"
    assert (status, out.count(line)) == (0, 1)
    assert campaign.requests[-1].json.keys() == {"name", "email", "country"}


def test_signatures_are_exported(run, campaign, tmp_path):
    campaign.add_signature("convention", confirmed=True)
    file = tmp_path / "all.jsonl"
    status, out, _ = run("petitions", "export", "convention", str(file))
    assert (status, out) == (0, f"1 signatures written to {file}\n")
    assert json.loads(run("events", "export", str(file), "--json")[1])["path"] == str(file)


# --- input that is wrong -------------------------------------------------------------------------


EVENT = {
    "title": "Sample vigil",
    "description": "A sample.",
    "kind": "vigil",
    "starts_at": "2026-12-18T18:00:00+03:00",
    "time_zone": "Africa/Nairobi",
    "host": {"name": "Sample Group", "email": "group@example.org"},
    "lang": "en",
    "online": True,
    "url": "https://example.org/vigil",
}


@pytest.fixture
def stdin(monkeypatch):
    def say(text):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return say


def test_an_event_is_submitted_from_a_file(run, campaign, tmp_path):
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT), "utf-8")
    status, out, _ = run("events", "submit", str(file))
    assert (status, out.startswith("We have sent you an e-mail.")) == (0, True)
    assert len(campaign.submissions()) == 1


def test_an_event_is_submitted_from_standard_input(run, campaign, stdin):
    stdin(json.dumps(EVENT))
    assert json.loads(run("events", "submit", "-", "--json")[1])["status"] == "confirmation_sent"
    assert len(campaign.submissions()) == 1


def test_a_submitted_event_is_shown_and_confirmed(run, campaign, stdin):
    stdin(json.dumps(EVENT))
    run("events", "submit", "-")
    token = campaign.mail[0].token
    status, out, _ = run(*SHOW, token)
    assert (status, "2026-12-18 18:00 +03:00\n" in out) == (0, True)
    (submitted,) = campaign.submissions()
    assert f" {submitted.id}\n" in run(*CONFIRM, token)[1]
    assert json.loads(run(*SHOW, token, "--json")[1])["kind"] == "event"


def test_consent_for_an_event_names_the_option(run, campaign, stdin):
    stdin(json.dumps(EVENT))
    run("events", "submit", "-")
    status, _, err = run(*CONFIRM, campaign.mail[0].token, "--public")
    assert (status, "public: is asked for signatures only." in err) == (1, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("[]", "must contain a JSON object"),
        (json.dumps(EVENT | {"titel": "x"}), "titel"),
        (json.dumps(EVENT | {"starts_at": 5}), "a time must be"),
        (json.dumps(EVENT | {"starts_at": "2036-12-18T18:00:00", "time_zone": "Nairobi"}), ""),
        (json.dumps(EVENT | {"host": 5}), "host"),
    ],
)
def test_an_event_that_is_wrong_is_one_line(run, campaign, stdin, text, words):
    stdin(text)
    status, out, err = run("events", "submit", "-")
    assert (status in {1, 2}, out, err.count("\n")) == (True, "", 1)
    assert words in err
    assert campaign.submissions() == []


def test_missing_fields_of_an_event_are_named(run, stdin):
    stdin(json.dumps({"title": "Sample vigil", "kind": "vigil", "lang": "en"}))
    fields = "description, starts_at, time_zone, host"
    message = f"imd: -: required fields are missing: {fields}\n"
    assert run("events", "submit", "-") == (2, "", message)


@pytest.mark.parametrize(
    "command",
    ["petitions show ", "confirmations confirm ", "petitions count ..", "events attend "],
)
def test_an_identifier_that_is_empty_or_dots_is_a_usage_error(run, campaign, command):
    more = SIGNER if "attend" in command else []
    status, out, err = run(*command.split(" "), *more)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert campaign.requests == []


@pytest.mark.parametrize(
    "options",
    [
        ["--near", "1"],
        ["--near", "a,b"],
        ["--bbox", "1,2,3"],
        ["--radius-km", "far"],
        ["--online=maybe"],
    ],
)
def test_a_filter_of_another_form_is_a_usage_error(run, campaign, options):
    status, out, err = run("events", "list", *options)
    assert (status, out) == (2, "")
    assert options[0].partition("=")[0] in err
    assert campaign.requests == []


@pytest.mark.parametrize("fault", [Unavailable(), ConnectionRefused()])
def test_a_campaign_that_does_not_respond_is_one_line(run, campaign, fault):
    campaign.fail_next(fault, times=9)
    status, out, err = run("petitions", "list", "--json")
    assert (status, out, err.count("\n")) == (1, "", 1)


# --- personal data -------------------------------------------------------------------------------


def test_personal_data_is_prompted_for_on_a_terminal(run, campaign, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    answers = {"Name: ": " Sample Person ", "Email: ": "sample@example.org"}
    monkeypatch.setattr("builtins.input", answers.__getitem__)
    assert run("petitions", "sign", "convention", "--country", "KE")[0] == 0
    (signed,) = campaign.signatures("convention")
    assert signed.email == "sample@example.org"


def test_ctrl_d_at_a_prompt_is_one_line(run, campaign, monkeypatch):
    def end(prompt):
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", end)
    assert run("petitions", "sign", "convention", "--country", "KE") == (
        2,
        "",
        "imd: Name is missing\n",
    )
    assert campaign.requests == []


# ------------------------------------------------------------------ guests and hosts


@pytest.fixture
def home(campaign, event):
    """A private home with one guest, whose token is "guest"; its host's token is "host"."""
    found = campaign.client().events.get(event)
    place = {"locality": "Nairobi", "country": "KE", "latitude": -1.3, "longitude": 36.8}
    home = campaign.add_event(
        starts_at=found.starts_at,
        place={**place, "address": "2 Secret Street", "private": True},
        host_token="host",
        capacity=2,
    )
    campaign.add_attendance(home, name="Sample Guest", token="guest", message="Hello")
    return home


def test_a_guest_sees_changes_and_leaves(run, campaign, event):
    token = campaign.add_attendance(event)
    assert "status   accepted\n" in run("attendances", "show", token)[1]
    assert "guests   2\n" in run("attendances", "change", token, "--guests", "2")[1]
    assert run("attendances", "leave", token)[0] == 0
    assert campaign.attendances(event) == []


def test_too_many_guests_are_one_line(run, campaign, event):
    token = campaign.add_attendance(event)
    status, out, err = run("attendances", "change", token, "--guests", "9")
    assert (status, out, err.count("\n")) == (1, "", 1)


def test_a_host_sees_who_asks(run, home):
    assert "requests  1\n" in run("hosted-events", "show", "host")[1]
    assert "guest@example.org" in run("hosted-events", "guests", "host")[1]


def test_a_host_accepts_a_guest(run, campaign, home):
    (guest,) = campaign.attendances(home)
    status, out, _ = run("hosted-events", "accept", "host", guest.id)
    assert (status, out) == (0, f"{guest.id} is accepted.\n")


def test_a_host_removes_the_limit(run, campaign, home):
    run("hosted-events", "capacity", "host", "5")
    assert campaign.client().events.get(home).capacity == 5
    run("hosted-events", "capacity", "host")
    assert campaign.client().events.get(home).capacity is None


def test_a_host_cancels_with_a_reason_without_links(run, campaign, home):
    status, _, err = run("hosted-events", "cancel", "host", "--reason", "see example.org")
    assert (status, "reason" in err) == (1, True)
    assert run("hosted-events", "cancel", "host", "--reason", "Rain")[0] == 0
    assert campaign.client().events.get(home).state == "cancelled"


@pytest.fixture
def personal_token(campaign):
    """Leave a signature, an attendance and an event of one mailbox; return its token."""
    imd, person = campaign.client(), {"name": "Sample Person", "email": "sample@example.org"}
    imd.petitions.sign("convention", country="KE", **person)
    imd.confirmations.confirm(campaign.mail[-1].token, public=True, updates=True)
    imd.events.attend(campaign.add_event(), **person)
    imd.confirmations.confirm(campaign.mail[-1].token)
    imd.events.submit(
        title="Sample potluck",
        description="Bring food.",
        kind="potluck",
        lang="en",
        starts_at="2026-12-18T18:00:00+03:00",
        time_zone="Africa/Nairobi",
        host=person,
        online=True,
        url="https://meet.example.org/",
    )
    imd.confirmations.confirm(campaign.mail[-1].token)
    campaign.clock.advance(days=1)
    imd.personal_data.request_link(email=person["email"])
    return campaign.mail[-1].token


def test_a_link_to_personal_data_is_requested(run, campaign):
    status, out, _ = run("personal-data", "request-link", "--email", "s@example.org")
    assert (status, out.startswith("We have sent you an e-mail.")) == (0, True)
    assert campaign.mail[-1].kind == "personal_link"


def test_personal_data_is_shown(run, personal_token):
    status, out, _ = run("personal-data", "show", personal_token)
    assert status == 0
    for words in ("sample@example.org", "Sample potluck", "hosted event", "attendance"):
        assert words in out
    data = json.loads(run("personal-data", "show", personal_token, "--json")[1])
    assert [len(data[kind]) for kind in ("signatures", "attendances", "events")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("withdraw-signature", "signatures"),
        ("cancel-attendance", "attendances"),
        ("delete-host-address", "events"),
    ],
)
def test_one_thing_is_deleted(run, campaign, personal_token, command, kind):
    before = campaign.client().personal_data.get(personal_token)
    [item] = getattr(before, kind)
    status, out, _ = run("personal-data", command, personal_token, item.id)
    assert (status, out.count("\n")) == (0, 1)
    after = campaign.client().personal_data.get(personal_token)
    assert after == before.model_copy(update={kind: []})


def test_an_event_is_cancelled_by_its_host(run, campaign, personal_token):
    [event] = campaign.client().personal_data.get(personal_token).events
    assert run("personal-data", "cancel-event", personal_token, event.id)[0] == 0
    assert campaign.client().personal_data.get(personal_token).events == []


def test_consent_is_withdrawn(run, campaign, personal_token):
    [signature] = campaign.client().personal_data.get(personal_token).signatures
    for command in ("hide-name", "stop-updates"):
        assert run("personal-data", command, personal_token, signature.id)[0] == 0
    [signature] = campaign.signatures("convention")
    assert (signature.public, signature.updates) == (False, False)


def test_emails_are_stopped_and_allowed_again(run, campaign, personal_token):
    personal_data = campaign.client().personal_data
    for command, is_blocked in (("block", True), ("unblock", False)):
        assert run("personal-data", command, personal_token, "--json") == (0, "", "")
        assert personal_data.get(personal_token).blocked is is_blocked


def test_everything_is_erased(run, campaign, personal_token):
    status, out, _ = run("personal-data", "erase", personal_token, "--block")
    assert (status, out) == (0, "Everything that was kept is deleted.\n")
    assert campaign.signatures("convention") == []
    assert campaign.client().personal_data.get(personal_token).blocked
