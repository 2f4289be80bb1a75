"""Pages about partners: their numbers, links and keys."""

import re

import pytest

from imd_campaign.api_keys import service as keys
from imd_campaign.audit import service as audit
from imd_campaign.partners import service as partners
from imd_campaign.petitions import partner_numbers
from imd_campaign.switches import service as switches
from imd_cli.campaign.partners import SCOPES
from imd_console.key_creation import PARTNER_SCOPES

SOURCE = "sample-union"
LIST = "/staff/partners"
PAGE = f"{LIST}/sources/{SOURCE}"
REASON = {"reason": "A sample reason"}
LINK = re.compile(r"https://campaign\.example/partners/([\w-]+)")
KEY = re.compile(r"imd_\w{38}")


@pytest.fixture
def partner(context):
    partners.add(context, SOURCE, "Sample Union", actor="shell:test")
    return SOURCE


@pytest.fixture
def admin(sign_in):
    return sign_in("admin")


@pytest.fixture
def entries(context):
    def read(source=SOURCE):
        with context.database.read() as connection:
            return audit.list_entries(connection, f"partner {source}")

    return read


def follow(browser, response):
    assert (response.status_code, response.text) == (303, "")
    return browser.get(response.headers["location"])


def confirm(browser, **entered):
    return {"current": browser.person.password, **REASON, **entered}


# --- numbers -------------------------------------------------------------------------------------


def set_published_numbers(context, **counts):
    """Publish, and then let these numbers stand for what was published."""
    partner_numbers.publish_due(context)
    with context.database.write() as connection:
        shown = {(1, part): partner_numbers.make_public_count(n) for part, n in counts.items()}
        partner_numbers.ledger.put_partner_counts(connection, SOURCE, shown)


def test_list_shows_what_works_and_the_published_number(admin, context, partner, petition):
    partners.make_link(context, SOURCE, actor="shell:test", reason="Asked.")
    partners.make_key(context, SOURCE, [], actor="shell:test")
    set_published_numbers(context, **{"": 1230})
    page = admin.get(LIST).text
    for shown in ("Sample Union", SOURCE, "Signatures: <b>1,230</b>"):
        assert shown in page
    assert "<bdi>Links</bdi>: <b>1</b> · <bdi>API keys</bdi>: <b>1</b>" in page
    assert "Partner since 20 November 2026" in page


def test_partner_without_a_published_number_has_none(admin, partner):
    assert "Not published yet" in admin.get(LIST).text


def test_page_shows_the_numbers_of_each_petition(admin, context, partner, petition):
    set_published_numbers(context, **{"": 120, "attested": 30})
    page = admin.get(PAGE).text
    assert "Stand up</h2>" in page
    assert re.findall(r"<td>([^<]+)</td>", page) == ["120", "30"]


def test_exact_number_is_not_shown(admin, context, petition):
    partners.add(context, "partner", "Sample Radio", actor="shell:test")
    partner_numbers.publish_due(context)
    page = admin.get(f"{LIST}/sources/partner").text
    assert re.findall(r"<td>([^<]+)</td>", page) == ["0", "0"]  # four have signed


def test_unknown_partner_is_not_found(admin, partner):
    paths = [f"{LIST}/sources/other{end}" for end in ("", "/link", "/key", "/revoke")]
    assert [admin.get(path).status_code for path in paths] == [404] * 4


# --- adding --------------------------------------------------------------------------------------


def test_partner_is_added_with_a_reason_in_the_audit(admin, entries):
    entered = {"name": "Sample Union", "source": SOURCE, **REASON}
    page = follow(admin, admin.post(f"{LIST}/new", entered))
    assert (page.url.path, "The partner was added." in page.text) == (PAGE, True)
    [entry] = entries()
    assert (entry.actor, entry.action, entry.reason, entry.details) == (
        admin.person.account_id,
        "partner.added",
        REASON["reason"],
        {"source": SOURCE, "name": "Sample Union"},
    )


def test_form_warns_that_the_source_never_changes(admin):
    assert "This cannot be undone, and a source never changes" in admin.get(f"{LIST}/new").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"source": "Sample Union"}, "source"),
        ({"source": "../new"}, "source"),
        ({"source": ""}, "source"),
        ({"reason": ""}, "reason"),
    ],
)
def test_partner_with_an_error_is_not_added(admin, context, changed, field):
    entered = {"name": "Sample Union", "source": SOURCE, **REASON, **changed}
    response = admin.post(f"{LIST}/new", entered)
    assert (response.status_code, f'href="#{field}"' in response.text) == (422, True)
    assert partners.list_partners(context) == []


def test_taken_source_is_explained_and_entries_are_kept(admin, context, partner):
    entered = {"name": "Other Union", "source": SOURCE, **REASON}
    response = admin.post(f"{LIST}/new", entered)
    assert "There is a partner with this source already." in response.text
    assert 'value="Other Union"' in response.text
    assert [one.name for one in partners.list_partners(context)] == ["Sample Union"]


def test_partner_whose_source_is_a_word_of_a_path_has_a_page(admin):
    entered = {"name": "New", "source": "new", **REASON}
    page = follow(admin, admin.post(f"{LIST}/new", entered))
    assert (page.status_code, "<h1><bdi>New</bdi></h1>" in page.text) == (200, True)


# --- links ---------------------------------------------------------------------------------------


def test_link_is_shown_once_and_is_in_no_url(admin, context, partner, entries):
    made = admin.post(f"{PAGE}/link", confirm(admin))
    assert made.headers["location"] == PAGE
    [token] = LINK.findall(admin.get(PAGE).text)
    assert LINK.findall(admin.get(PAGE).text) == []
    assert partner_numbers.get_by_link(context, token, "en").source == SOURCE
    assert [(entry.action, entry.reason) for entry in entries()[1:]] == [
        ("partner.link_made", REASON["reason"])
    ]


@pytest.mark.parametrize(("ticked", "links"), [({}, 2), ({"replace": "yes"}, 1)])
def test_earlier_links_end_on_request(admin, context, partner, ticked, links):
    partners.make_link(context, SOURCE, actor="shell:test", reason="Asked.")
    admin.post(f"{PAGE}/link", confirm(admin, **ticked))
    assert partners.get(context, SOURCE).links == links


def test_replaced_links_are_in_the_audit(admin, partner, entries):
    admin.post(f"{PAGE}/link", confirm(admin, replace="yes"))
    assert [(entry.action, entry.reason) for entry in entries()[1:]] == [
        ("partner.links_deleted", REASON["reason"]),
        ("partner.link_made", REASON["reason"]),
    ]


@pytest.mark.parametrize(
    ("changed", "field"), [({"reason": ""}, "reason"), ({"current": "wrong"}, "current")]
)
def test_link_needs_a_reason_and_the_own_password(admin, context, partner, changed, field):
    partners.make_link(context, SOURCE, actor="shell:test", reason="Asked.")
    response = admin.post(f"{PAGE}/link", confirm(admin, replace="yes", **changed))
    assert (response.status_code, f'href="#{field}"' in response.text) == (422, True)
    assert partners.get(context, SOURCE).links == 1


# --- keys ----------------------------------------------------------------------------------------


def test_key_is_shown_once_and_belongs_to_the_partner(admin, context, partner, entries):
    scopes = ["partners:read", "signatures:attest"]
    made = admin.post(f"{PAGE}/key", confirm(admin, scopes=scopes))
    assert made.headers["location"] == PAGE
    [text] = KEY.findall(admin.get(PAGE).text)
    assert KEY.findall(admin.get(PAGE).text) == []
    caller = keys.authenticate(context, text)
    assert (caller.partner, caller.scopes) == (SOURCE, frozenset(scopes))
    [_, entry] = entries()
    assert (entry.action, entry.reason) == ("partner.key_made", REASON["reason"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["signatures:read"]}, "scopes"),
        ({"reason": ""}, "reason"),
        ({"current": "wrong"}, "current"),
    ],
)
def test_key_with_an_error_is_not_created(admin, context, partner, changed, field):
    entered = confirm(admin, scopes=["partners:read"]) | changed
    response = admin.post(f"{PAGE}/key", entered)
    assert (response.status_code, f'href="#{field}"' in response.text) == (422, True)
    assert keys.list_keys(context.database) == []


def test_page_lists_the_keys_of_the_partner_only(admin, context, partner):
    partners.add(context, "other", "Other", actor="shell:test")
    for source in (SOURCE, "other"):
        partners.make_key(context, source, [], actor="shell:test")
    [key] = keys.list_of_partner(context.database, SOURCE)
    assert re.findall(r'href="/staff/keys/(key_\w+)"', admin.get(PAGE).text) == [key.id]


def test_scopes_of_partners_are_those_of_the_command():
    assert set(PARTNER_SCOPES) == set(SCOPES)


# --- ending --------------------------------------------------------------------------------------


def test_revoked_partner_has_no_links_and_keys(admin, context, partner, entries):
    partners.make_link(context, SOURCE, actor="shell:test", reason="Asked.")
    text = partners.make_key(context, SOURCE, [], actor="shell:test")
    page = follow(admin, admin.post(f"{PAGE}/revoke", REASON)).text
    assert ("Ended: 20 November 2026" in page, f"{PAGE}/link" in page) == (True, False)
    assert partners.get(context, SOURCE).links == 0
    with pytest.raises(keys.Unauthorized):
        keys.authenticate(context, text)
    assert (entries()[-1].action, entries()[-1].reason) == ("partner.revoked", REASON["reason"])


def test_revoking_needs_a_reason(admin, context, partner):
    response = admin.post(f"{PAGE}/revoke", {"reason": ""})
    assert (response.status_code, 'href="#reason"' in response.text) == (422, True)
    assert partners.get(context, SOURCE).revoked_at is None


def test_revoked_partner_cannot_get_links_and_keys(admin, context, partner):
    entered = confirm(admin, scopes=["partners:read"])
    partners.revoke(context, SOURCE, actor="shell:test", reason="Left.")
    for end in ("link", "key", "revoke"):
        assert admin.post(f"{PAGE}/{end}", entered, page="/staff").status_code == 404
    assert keys.list_keys(context.database) == []


@pytest.mark.parametrize(("end", "status"), [("link", 503), ("key", 503), ("revoke", 303)])
def test_access_can_be_ended_but_not_given_while_the_campaign_is_read_only(
    admin, context, partner, end, status
):
    change = switches.Change("shell:test", "A sample reason", context.now())
    with context.database.write() as connection:
        switches.turn(connection, switches.READ_ONLY, change, is_on=True)
    entered = confirm(admin, scopes=["partners:read"])
    assert admin.post(f"{PAGE}/{end}", entered).status_code == status
