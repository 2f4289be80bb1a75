"""Signatures that a partner has verified itself, in bulk."""

import pytest

from imd_sdk import bulk
from imd_sdk.testing import InMemoryCampaign


@pytest.fixture
def campaign():
    return InMemoryCampaign()


@pytest.fixture
def client(campaign):
    return campaign.client(api_key=campaign.key("signatures:attest"))


@pytest.fixture
def sheet(tmp_path):
    file = tmp_path / "sheet.csv"
    file.write_text(
        "Name,Country,Line,News\nSample One,KE,1.1,yes\nSample Two,KE,1.2,\nSample Three,KE,,\n",
        encoding="utf-8",
    )
    columns = {"reference": "Line", "updates": "News"}
    return bulk.read_csv(file, columns=columns)


def test_attested_rows_are_sent_with_their_consent(campaign, client, tmp_path):
    rows = [
        {"name": "Sample One", "email": "one@example.org", "country": "KE", "updates": True},
        {"name": "Sample Two", "country": "KE", "reference": "sheet-1.2", "public": "yes"},
    ]
    report = bulk.sign_many(client, "convention", rows, journal=tmp_path / "journal", attested=True)
    assert (report.sent, report.is_complete) == (2, True)
    sent = [request.json for request in campaign.requests if request.method == "POST"]
    assert {(form["name"], form["updates"], form["public"]) for form in sent} == {
        ("Sample One", True, False),
        ("Sample Two", False, True),
    }
    assert not any("source" in form for form in sent)


def test_row_without_mailbox_needs_a_reference(sheet):
    found = bulk.check(bulk.read_csv(sheet.path, columns={"reference": "Line"}), attested=True)
    assert [(error.row, error.message) for error in found.errors] == [
        (4, "reference: is required without an e-mail address")
    ]


def test_unclear_consent_is_an_error():
    row = {"name": "Sample", "email": "a@example.org", "country": "KE", "updates": "maybe"}
    [error] = bulk.check([row], attested=True).errors
    assert error.message == "updates: must be yes or no"


def test_consent_is_no_field_of_other_signatures():
    row = {"name": "Sample", "email": "a@example.org", "country": "KE", "public": True}
    [error] = bulk.check([row]).errors
    assert error.message == "public: is not a field of a signature"


def test_journal_is_for_attested_or_for_other_signatures(client, tmp_path):
    rows = [{"name": "Sample", "email": "a@example.org", "country": "KE"}]
    journal = tmp_path / "journal"
    bulk.sign_many(client, "convention", rows, journal=journal, attested=True)
    with pytest.raises(bulk.JournalError, match=r"another attested \(yes\)"):
        bulk.sign_many(client, "convention", rows, journal=journal)
