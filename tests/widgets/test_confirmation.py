import pytest
from sample_campaign import SIGNER

from imd_sdk.testing import Rejected

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}
CONFIRM = "POST /v1/confirmations/{token}"
BOXES = ("public", "updates")
PRESSES = ("/confirm/good", "/confirm/good/reject", "/confirm/good/allow")

pytestmark = pytest.mark.anyio


@pytest.fixture
def submit(browser):
    """Submit a form, and follow the redirect if there is one."""

    async def post(path="/confirm/good", headers=SAME_ORIGIN, **values):
        response = await browser.post(f"{path}?lang=en", data=values, headers=headers)
        if response.status_code != 303:
            return response
        return await browser.get(response.headers["location"])

    return post


def count_open(campaign) -> int:
    """Return how many signatures wait for confirmation, of the two in the sample."""
    return [signature.state for signature in campaign.signatures("convention")].count("pending")


async def test_page_names_the_petition_and_the_person(browser, campaign):
    text = (await browser.get("/confirm/good")).text
    assert f">{campaign.petition['title']}</p>" in text
    assert '<label for="name">Your name, as it will be recorded</label>' in text
    assert 'name="name" type="text" value="Sample Person"' in text


async def test_boxes_are_not_ticked(browser):
    text = (await browser.get("/confirm/good")).text
    for box in BOXES:
        assert f'name="{box}" type="checkbox" value="yes">' in text


async def test_page_says_who_stores_what(browser, campaign):
    campaign.campaign["name"] = "Sample <Campaign>"
    text = (await browser.get("/confirm/good")).text
    name = '<bdi lang="en">Sample &lt;Campaign&gt;</bdi>'
    assert f"you agree that {name} stores your name, e-mail address and country" in text
    assert "A signature can reveal a political opinion." in text


async def test_page_names_the_organisation_that_stores_the_data(browser, campaign):
    campaign.set_campaign(organisation="Own Network")
    text = (await browser.get("/confirm/good")).text
    assert "you agree that <bdi>Own Network</bdi> stores your name" in text


async def test_page_does_not_need_the_name_of_the_campaign(browser, campaign):
    campaign.remove("/v1/campaign")
    text = (await browser.get("/confirm/good")).text
    assert "you agree that International Migrants Day stores your name" in text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [*PRESSES, "/confirm/good/allowed"])
async def test_opening_a_page_has_no_effect(browser, campaign, method, path):
    before = campaign.signatures("convention")
    await browser.request(method, path, follow_redirects=True)
    assert campaign.signatures("convention") == before
    assert all(request.method == "GET" for request in campaign.requests)


async def test_page_is_in_the_language_of_the_link(browser):
    assert "Sí, que cuente mi nombre" in (await browser.get("/confirm/good?lang=es")).text


async def test_submitting_the_form_confirms(browser, campaign):
    response = await browser.post("/confirm/good?lang=en", headers=SAME_ORIGIN)
    assert (response.status_code, response.headers["location"]) == (303, "/confirm/good?lang=en")
    assert campaign.signature.state == "confirmed"


@pytest.mark.parametrize("ticked", [(), ("public",), ("updates",), BOXES])
async def test_consent_is_what_was_ticked(submit, campaign, ticked):
    await submit(name="Sample Person", **dict.fromkeys(ticked, "yes"))
    signature = campaign.signature
    assert (signature.public, signature.updates) == tuple(box in ticked for box in BOXES)


@pytest.mark.parametrize("value", ["", "no", "false", "0", "on", "YES"])
async def test_only_the_value_of_a_ticked_box_is_consent(submit, campaign, value):
    await submit(name="Sample Person", **dict.fromkeys(BOXES, value))
    assert (campaign.signature.public, campaign.signature.updates) == (False, False)


async def test_other_value_is_not_shown_as_a_ticked_box(submit):
    response = await submit(name="", public="no")
    assert 'name="public" type="checkbox" value="yes">' in response.text


async def test_name_is_recorded_as_corrected(submit, campaign):
    await submit(name="Sample Persson")
    assert campaign.signature.name == "Sample Persson"


async def test_confirmed_link_says_thank_you(submit):
    response = await submit(name="Sample Person")
    assert "Your signature counts. Thank you!" in response.text
    assert 'href="/petitions/convention?lang=en"' in response.text
    assert "<form" not in response.text


async def test_first_confirmation_counts(submit, campaign):
    await submit(name="Sample Person")
    response = await submit(name="Another Person", public="yes")
    assert "Your signature counts. Thank you!" in response.text
    assert (campaign.signature.name, campaign.signature.public) == ("Sample Person", False)


async def test_invalid_name_is_shown_at_its_field(submit, campaign):
    response = await submit(name="")
    assert response.status_code == 422
    assert 'id="name-wrong">Enter your name, with up to 100 characters.' in response.text
    assert 'id="errors" role="alert" tabindex="-1" autofocus' in response.text
    assert campaign.signature.state == "pending"


async def test_form_values_are_kept_after_an_error(submit, campaign):
    response = await submit(name='A "quoted" name' + "x" * 100, updates="yes")
    assert f'value="A &#34;quoted&#34; name{"x" * 100}"' in response.text
    assert 'name="updates" type="checkbox" value="yes" checked' in response.text
    assert 'name="public" type="checkbox" value="yes">' in response.text
    assert f">{campaign.petition['title']}</p>" in response.text


async def test_form_values_are_kept_while_the_campaign_is_down(submit, campaign):
    campaign.down = True
    response = await submit(name="Sample Persson", public="yes", kind="signature")
    assert response.status_code == 503
    assert "This could not be confirmed." in response.text
    assert 'value="Sample Persson"' in response.text
    assert 'name="public" type="checkbox" value="yes" checked' in response.text


async def test_rate_limit_is_explained_at_the_form(submit, campaign):
    campaign.fail_next(Rejected("rate-limited"), on=CONFIRM)
    response = await submit(name="Sample Persson")
    assert response.status_code == 429
    assert "Please try again in a minute." in response.text
    assert 'value="Sample Persson"' in response.text


async def test_counter_is_updated_after_confirmation(submit, browser, campaign):
    assert "data-total>1,234<" in (await browser.get("/w/counter/convention")).text
    campaign.clock.advance(30)
    await submit()
    assert "data-total>1,235<" in (await browser.get("/w/counter/convention")).text


async def test_rejecting_redirects_to_the_page(browser):
    response = await browser.post("/confirm/good/reject?lang=fr", headers=SAME_ORIGIN)
    assert (response.status_code, response.headers["location"]) == (303, "/confirm/good?lang=fr")


async def test_rejected_signature_is_deleted(submit, campaign):
    before = count_open(campaign)
    response = await submit("/confirm/good/reject")
    assert "What was entered has been deleted" in response.text
    assert "No more e-mail is sent to this address." in response.text
    assert "Sample Person" not in response.text
    assert count_open(campaign) == before - 1


async def test_rejected_signature_cannot_be_confirmed(submit):
    await submit("/confirm/good/reject")
    response = await submit(name="Sample Person")
    assert "What was entered has been deleted" in response.text


async def test_confirmed_signature_cannot_be_rejected(submit, campaign):
    await submit(name="Sample Person")
    response = await submit("/confirm/good/reject")
    assert "Your signature counts. Thank you!" in response.text
    assert campaign.signature.state == "confirmed"


def sign_again(campaign) -> None:
    campaign.client().petitions.sign("convention", name="Sample Person", email=SIGNER, country="KE")


async def test_rejecting_stops_emails_until_they_are_allowed(submit, campaign):
    await submit("/confirm/good/reject")
    sign_again(campaign)
    assert list(campaign.mail) == []
    response = await submit("/confirm/good/allow")
    assert "E-mails are allowed again" in response.text
    sign_again(campaign)
    assert len(campaign.mail) == 1


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def test_mail_program_unsubscribes_with_one_request(browser, campaign):
    before = count_open(campaign)
    response = await browser.post("/confirm/good/unsubscribe", data=ONE_CLICK)
    assert response.status_code == 200
    assert count_open(campaign) == before - 1
    sign_again(campaign)
    assert list(campaign.mail) == []


async def test_mail_program_may_send_any_kind_of_form(browser, campaign):
    before = count_open(campaign)
    files = {name: (None, value) for name, value in ONE_CLICK.items()}
    assert (await browser.post("/confirm/good/unsubscribe", files=files)).status_code == 200
    assert count_open(campaign) == before - 1


async def test_page_after_unsubscribing_allows_emails_again(browser):
    response = await browser.post("/confirm/good/unsubscribe?lang=en", data=ONE_CLICK)
    assert "No more e-mail is sent to this address." in response.text
    assert 'action="/confirm/good/allow?lang=en"' in response.text


async def test_opening_the_unsubscribe_link_changes_nothing(browser, campaign):
    before = count_open(campaign)
    response = await browser.get("/confirm/good/unsubscribe?lang=en")
    assert response.headers["location"] == "/confirm/good?lang=en"
    assert count_open(campaign) == before


async def test_unsubscribing_after_confirming_is_not_an_error(browser, submit, campaign):
    await submit(name="Sample Person")
    response = await browser.post("/confirm/good/unsubscribe", data=ONE_CLICK)
    assert (response.status_code, campaign.signature.state) == (200, "confirmed")


async def test_unsubscribing_after_confirming_stops_the_news(browser, submit, campaign):
    await submit(name="Sample Person", updates="yes")
    assert campaign.signature.updates
    await browser.post("/confirm/good/unsubscribe", data=ONE_CLICK)
    assert not campaign.signature.updates


async def test_unsubscribing_works_after_the_link_has_expired(browser):
    response = await browser.post("/confirm/old/unsubscribe?lang=en", data=ONE_CLICK)
    assert response.status_code == 200
    assert "No more e-mail is sent to this address." in response.text


async def test_unsubscribing_with_an_unknown_link_reports_failure(browser):
    response = await browser.post("/confirm/nothing/unsubscribe", data=ONE_CLICK)
    assert response.status_code == 404


async def test_failed_unsubscription_reports_failure(browser, campaign):
    campaign.fail_next(Rejected("read-only"), on=f"{CONFIRM}/unsubscription")
    response = await browser.post("/confirm/good/unsubscribe", data=ONE_CLICK)
    assert response.status_code == 503


async def test_allowing_redirects_to_a_page_that_says_so(submit, browser):
    await submit("/confirm/good/reject")
    response = await browser.post("/confirm/good/allow?lang=ar", headers=SAME_ORIGIN)
    assert response.headers["location"] == "/confirm/good/allowed?lang=ar"


@pytest.mark.parametrize("path", ["/confirm/good/allow", "/confirm/good/allowed"])
async def test_nothing_is_allowed_before_a_rejection(submit, browser, path):
    responses = [await browser.get(path, follow_redirects=True)]
    responses += [await submit(path)] if path.endswith("allow") else []
    for response in responses:
        assert "Confirm your signature" in response.text


@pytest.mark.parametrize("path", ["", "/reject", "/allow"])
@pytest.mark.parametrize(
    ("token", "state"),
    [("old", (410, "This link has expired")), ("nothing", (404, "This link is not valid"))],
)
async def test_invalid_link_says_why(browser, submit, path, token, state):
    got = await browser.get(f"/confirm/{token}{path}", follow_redirects=True)
    status, words = state
    for response in (got, await submit(f"/confirm/{token}{path}")):
        assert response.status_code == status
        assert words in response.text


async def test_invalid_link_offers_the_code(browser):
    assert 'href="/confirm?lang=en"' in (await browser.get("/confirm/nothing")).text


@pytest.mark.parametrize("path", PRESSES)
@pytest.mark.parametrize("origin", ["null", "https://other.example"])
async def test_form_from_another_site_is_rejected(submit, campaign, path, origin):
    response = await submit(path, SAME_ORIGIN | {"Origin": origin})
    assert response.status_code == 403
    assert campaign.requests == []


@pytest.mark.parametrize("path", PRESSES[1:])
async def test_unreachable_campaign_is_explained_on_a_page(submit, browser, campaign, path):
    campaign.down = True
    for response in (await browser.get("/confirm/good"), await submit(path)):
        assert response.status_code == 503
        assert "The campaign cannot be reached right now" in response.text
