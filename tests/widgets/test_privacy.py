import pytest

pytestmark = pytest.mark.anyio


async def test_page_lists_data_and_retention(browser):
    text = (await browser.get("/privacy?lang=en")).text
    assert "Deleted 30 days after the event, or after 30 days if you do not confirm." in text


async def test_pages_link_to_the_privacy_page(browser):
    assert 'href="/privacy?lang=fr"' in (await browser.get("/petitions/convention?lang=fr")).text


async def test_json_has_the_same_data(browser):
    response = await browser.get("/privacy.json")
    data = response.json()
    assert data["widgets"]["cookies"] == []
    assert data["pages"][0]["when"] == "You sign the petition"


async def test_rejected_address_is_listed(browser):
    [use] = [
        use
        for use in (await browser.get("/privacy.json")).json()["pages"]
        if "not you" in use["when"]
    ]
    assert use["data"] == ["e-mail"]
    assert "until you allow e-mails again" in use["until"]


async def test_unchanged_json_is_not_sent_again(browser):
    first = await browser.get("/privacy.json")
    again = {"If-None-Match": first.headers["etag"]}
    assert (await browser.get("/privacy.json", headers=again)).status_code == 304


async def test_operator_is_named(served_with):
    async with served_with(operator="Sample Network", contact="privacy@example.org") as browser:
        text = (await browser.get("/privacy")).text
        data = (await browser.get("/privacy.json")).json()
    assert 'href="mailto:privacy@example.org"' in text
    assert data["operator"] == "Sample Network"


async def test_organisation_of_the_campaign_is_named_without_an_operator(browser, campaign):
    campaign.set_campaign(organisation="Own Network", contact="https://own.example/contact")
    text = (await browser.get("/privacy")).text
    assert "Own Network" in text
    assert 'href="https://own.example/contact"' in text


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "a@b:c", "javascript:'@'"])
async def test_contact_that_is_no_address_is_not_linked(browser, campaign, contact):
    campaign.set_campaign(organisation="Own Network", contact=contact)
    assert (await browser.get("/privacy.json")).json()["contact"] is None
    assert "javascript" not in (await browser.get("/privacy")).text


async def test_privacy_page_is_shown_while_the_campaign_is_down(browser, campaign):
    campaign.down = True
    assert (await browser.get("/privacy")).status_code == 200
