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
