"""The pages on which people see, withdraw and delete what is kept about them."""

import re

import pytest
from sample_campaign import SIGNER, leave_data

from imd_sdk.testing import Rejected

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def submit(browser):
    """Submit a form, and follow the redirect if there is one."""

    async def submit(path, headers=SAME_ORIGIN, **values):
        response = await browser.post(f"{path}?lang=en", data=values, headers=headers)
        if response.status_code != 303:
            return response
        return await browser.get(response.headers["location"])

    return submit


def is_blocked(campaign) -> bool:
    campaign.clock.advance(days=1)
    sent = len(campaign.mail)
    campaign.ask_for_data()
    return len(campaign.mail) == sent


@pytest.fixture
def data_path(campaign):
    return leave_data(campaign)


@pytest.fixture
def find_action(browser, data_path):
    """Return the path of the page of an action."""

    async def find_action(name):
        text = (await browser.get(data_path)).text
        return re.search(rf'href="({data_path}/{name}/[^"?]+)', text)[1]

    return find_action


# --- asking for the link -----------------------------------------------------------------------


async def test_form_sends_the_link(submit, campaign):
    response = await submit("/your-data", email="person@example.org")
    assert "Open the link in it within 24 hours." in response.text
    assert [(email.kind, email.to) for email in campaign.mail] == [
        ("personal_link", "person@example.org")
    ]


async def test_link_is_in_the_language_of_the_form(browser, campaign):
    form = {"email": "person@example.org"}
    await browser.post("/your-data?lang=ar", data=form, headers=SAME_ORIGIN)
    assert campaign.received == [{"email": "person@example.org", "lang": "ar"}]


async def test_invalid_address_is_shown_at_its_field(submit, campaign):
    response = await submit("/your-data", email="person")
    assert response.status_code == 422
    assert 'id="email-wrong">Enter a full e-mail address' in response.text
    assert 'value="person"' in response.text


@pytest.mark.parametrize(
    ("problem", "status", "words"),
    [
        ("rate-limited", 429, "Please try again in a minute."),
        ("unavailable", 503, "Your request could not be sent."),
    ],
)
async def test_rejected_request_is_explained_at_the_form(submit, campaign, problem, status, words):
    campaign.fail_next(Rejected(problem), on="POST /v1/personal-links")
    response = await submit("/your-data", email="person@example.org")
    assert response.status_code == status
    assert words in response.text
    assert 'value="person@example.org"' in response.text


@pytest.mark.parametrize("path", ["/petitions/convention", "/privacy", "/events/evt_1"])
async def test_every_page_links_to_the_form(browser, path):
    assert 'href="/your-data?lang=fr"' in (await browser.get(f"{path}?lang=fr")).text


# --- seeing ------------------------------------------------------------------------------------


async def test_page_shows_everything_that_is_kept(browser, data_path):
    text = (await browser.get(f"{data_path}?lang=en")).text
    headings = re.findall(r"<h2>(.*?)</h2>", text)
    assert headings == [
        "Signatures",
        "Events you attend",
        "Events you host",
        "Orders",
        "Not confirmed yet",
        "E-mail",
    ]
    for words in (SIGNER, "Name shown in public", "Guests you will bring", "Kept until"):
        assert words in text


async def test_page_says_that_nothing_is_kept(browser, campaign):
    text = (await browser.get(campaign.ask_for_data("new@example.org"))).text
    assert "We keep nothing about this address." in text
    assert "/erase" not in text


@pytest.mark.parametrize("part", ["", "/erase", "/block", "/allow", "/withdraw/{id}"])
async def test_opening_a_page_has_no_effect(browser, campaign, data_path, find_action, part):
    path = await find_action("withdraw") if "{" in part else data_path + part
    token = data_path.rpartition("/")[2]
    before = campaign.client().personal_data.get(token)
    await browser.get(path, follow_redirects=True)
    assert campaign.client().personal_data.get(token) == before


async def test_pages_are_private(browser, data_path, find_action):
    for path in (data_path, f"{data_path}/erase", await find_action("withdraw")):
        response = await browser.get(path)
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "same-origin"
        assert '<meta name="robots" content="noindex">' in response.text


# --- acting ------------------------------------------------------------------------------------


async def test_signature_is_withdrawn(submit, campaign, find_action):
    response = await submit(await find_action("withdraw"))
    assert "<h2>Signatures</h2>" not in response.text
    assert SIGNER not in [signature.email for signature in campaign.signatures("convention")]


async def test_withdrawn_name_and_count_disappear_from_the_counter_at_once(
    browser, submit, campaign, find_action
):
    path = await find_action("withdraw")
    counter = "/w/counter/convention?show=signers"
    before = (await browser.get(counter)).text
    assert "data-total>1,235<" in before
    assert "Sample Person" in before
    campaign.clock.advance(30)
    await submit(path)
    after = (await browser.get(counter)).text
    assert "data-total>1,234<" in after
    assert "Sample Person" not in after


@pytest.mark.parametrize(("action", "field"), [("hide-name", "public"), ("stop-news", "updates")])
async def test_consent_is_withdrawn(submit, campaign, find_action, action, field):
    response = await submit(await find_action(action))
    assert action not in response.text
    assert getattr(campaign.signature, field) is False


async def test_attendance_is_cancelled(submit, campaign, find_action):
    response = await submit(await find_action("cancel-attendance"))
    assert "Events you attend" not in response.text
    assert campaign.attendances("evt_1") == []


async def test_event_is_cancelled(submit, find_action):
    response = await submit(await find_action("cancel-event"))
    assert "Events you host" not in response.text


async def test_address_of_a_host_is_deleted(submit, find_action):
    response = await submit(await find_action("delete-address"))
    assert "Events you host" not in response.text


async def test_order_is_cancelled(submit, campaign, find_action):
    response = await submit(await find_action("cancel-order"))
    assert "<h2>Orders</h2>" not in response.text
    assert [order.state for order in campaign.orders()] == ["cancelled"]


async def test_paid_order_stays(browser, submit, campaign, data_path):
    order = campaign.orders()[0].id
    staff = campaign.client(api_key=campaign.key("orders:manage"))
    staff.moderation.decide_order(order, decision="paid", reason="Paid.")
    text = (await browser.get(data_path)).text
    assert "A paid order is kept as long as the law on invoices requires" in text
    assert "/cancel-order/" not in text
    text = (await browser.get(f"{data_path}/erase")).text
    assert "Orders that are paid, as long as the law on invoices requires." in text


async def test_acting_twice_leads_back_to_the_page(submit, find_action):
    path = await find_action("withdraw")
    for _ in range(2):
        response = await submit(path)
        assert response.status_code == 200
        assert "<h2>Signatures</h2>" not in response.text


async def test_page_of_something_that_is_not_kept_leads_back(browser, data_path):
    response = await browser.get(f"{data_path}/withdraw/sig_other?lang=en")
    assert response.headers["location"] == f"{data_path}?lang=en"


async def test_unknown_action_is_not_found(browser, data_path):
    assert (await browser.get(f"{data_path}/publish/sig_1")).status_code == 404


# --- deleting everything -----------------------------------------------------------------------


async def test_page_says_what_will_happen_and_what_stays(browser, data_path):
    text = (await browser.get(f"{data_path}/erase?lang=en")).text
    for words in (
        "Your signatures are deleted and no longer count.",
        "You are no longer signed up for events",
        "Your events are cancelled",
        "Orders that are not paid are cancelled.",
        "That somebody from your country signed and withdrew",
    ):
        assert words in text
    assert 'name="block" type="checkbox" value="yes">' in text


async def test_nothing_stays_of_forms_that_were_not_confirmed(browser, campaign):
    campaign.attend(email="new@example.org")
    text = (await browser.get(campaign.ask_for_data("new@example.org") + "/erase")).text
    assert "What is not confirmed yet is deleted" in text
    assert "What stays" not in text


async def test_everything_is_deleted(browser, submit, campaign, data_path):
    response = await submit(f"{data_path}/erase")
    assert "Everything has been deleted" in response.text
    assert campaign.attendances("evt_1") == []
    assert (await browser.get(data_path)).status_code == 404
    assert not is_blocked(campaign)


async def test_address_is_blocked_only_if_the_box_is_ticked(submit, campaign, data_path):
    response = await submit(f"{data_path}/erase", block="yes")
    assert "You get no e-mail from us" in response.text
    assert SIGNER not in response.text
    assert is_blocked(campaign)


async def test_deleting_twice_says_that_the_link_is_not_valid(submit, data_path):
    await submit(f"{data_path}/erase")
    response = await submit(f"{data_path}/erase")
    assert "This link is not valid" in response.text


# --- links that did not come from their owner --------------------------------------------------


async def test_emails_are_stopped_and_allowed_again(submit, campaign, data_path):
    response = await submit(f"{data_path}/block")
    assert "You get no e-mail from us" in response.text
    assert is_blocked(campaign)
    assert SIGNER not in response.text
    response = await submit(f"{data_path}/allow")
    assert "E-mails are allowed again" in response.text
    assert not is_blocked(campaign)


async def test_expired_link_says_so(browser, campaign, data_path):
    campaign.clock.advance(hours=24)
    response = await browser.get(f"{data_path}?lang=en")
    assert response.status_code == 410
    assert "Links to your data work for 24 hours." in response.text
    assert 'href="/your-data?lang=en"' in response.text


@pytest.mark.parametrize("part", ["", "/erase", "/block", "/allow", "/withdraw/sig_1"])
async def test_unknown_link_is_not_valid(browser, submit, part):
    got = await browser.get(f"/your-data/nothing{part}", follow_redirects=True)
    responses = [got] + ([await submit(f"/your-data/nothing{part}")] if part else [])
    for response in responses:
        assert response.status_code == 404
        assert "This link is not valid" in response.text


@pytest.mark.parametrize("part", ["/erase", "/block", "/allow", "/withdraw/sig_1"])
@pytest.mark.parametrize("origin", ["null", "https://other.example"])
async def test_form_from_another_site_is_rejected(submit, campaign, data_path, part, origin):
    sent = len(campaign.requests)
    response = await submit(data_path + part, SAME_ORIGIN | {"Origin": origin})
    assert response.status_code == 403
    assert len(campaign.requests) == sent


@pytest.mark.parametrize("part", ["", "/erase", "/block", "/allow", "/withdraw/sig_1"])
async def test_unreachable_campaign_is_explained(browser, submit, campaign, data_path, part):
    campaign.down = True
    responses = [await submit(data_path + part)] if part else [await browser.get(data_path)]
    for response in responses:
        assert response.status_code == 503
        assert "The campaign cannot be reached right now" in response.text
