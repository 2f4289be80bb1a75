import pytest

pytestmark = pytest.mark.anyio


async def test_the_page_says_what_is_given_and_how_long_it_is_kept(browser):
    text = (await browser.get("/privacy?lang=en")).text
    assert "Deleted 30 days after the event." in text


async def test_every_page_leads_to_it(browser):
    assert 'href="/privacy?lang=fr"' in (await browser.get("/petitions/convention?lang=fr")).text


async def test_programs_read_the_same_facts(browser):
    answer = await browser.get("/privacy.json")
    said = answer.json()
    assert said["widgets"]["cookies"] == []
    assert said["pages"][0]["when"] == "You sign the petition"


async def test_facts_that_have_not_changed_are_not_sent_again(browser):
    facts = await browser.get("/privacy.json")
    again = {"If-None-Match": facts.headers["etag"]}
    assert (await browser.get("/privacy.json", headers=again)).status_code == 304


async def test_who_runs_it_is_named(served_with):
    async with served_with(operator="Sample Network", contact="privacy@example.org") as browser:
        text = (await browser.get("/privacy")).text
        said = (await browser.get("/privacy.json")).json()
    assert 'href="mailto:privacy@example.org"' in text
    assert said["operator"] == "Sample Network"
