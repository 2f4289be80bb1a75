"""A guest's own page, behind the link in the e-mails."""

import pytest

from imd_sdk.testing import Unavailable

SAME_ORIGIN = {
    "Origin": "http://widgets.example",
    "Content-Type": "application/x-www-form-urlencoded",
}

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def home(campaign) -> None:
    campaign.add_home()


@pytest.fixture
def post(browser):
    async def post(path, **values):
        return await browser.post(f"{path}?lang=en", data=values, headers=SAME_ORIGIN)

    return post


def get_guest(campaign, email):
    return next((guest for guest in campaign.attendances("evt_home") if guest.email == email), None)


async def test_accepted_guest_sees_address_and_host(browser):
    text = (await browser.get("/attendances/accepted?lang=en")).text
    assert "Your place is confirmed" in text
    assert "2 Secret Street" in text
    assert "Sample Family" in text


@pytest.mark.parametrize("status", ["requested", "waiting", "declined"])
async def test_other_guests_see_neither_address_nor_host(browser, status):
    text = (await browser.get(f"/attendances/{status}?lang=en")).text
    assert "Secret Street" not in text
    assert "Sample Family" not in text


async def test_page_is_for_one_reader_only(browser):
    response = await browser.get("/attendances/accepted?lang=en")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert 'content="noindex"' in response.text


async def test_guest_brings_fewer_people(post, browser, campaign):
    response = await post("/attendances/accepted", guests="1")
    page = await browser.get(response.headers["location"])
    assert 'role="status" tabindex="-1" autofocus>Your change is saved.' in page.text
    assert get_guest(campaign, "first@example.org").guests == 1


async def test_more_people_than_places_are_explained_at_the_field(post):
    response = await post("/attendances/accepted", guests="9")
    assert response.status_code == 409
    assert 'id="guests-wrong">There are not enough places for so many people.' in response.text


async def test_malformed_number_is_explained_at_the_field(post):
    response = await post("/attendances/accepted", guests="many")
    assert response.status_code == 422
    assert 'id="guests-wrong">Choose how many guests you will bring.' in response.text


async def test_cancelling_asks_first(browser, campaign):
    text = (await browser.get("/attendances/accepted/cancel?lang=en")).text
    assert "Cancel my sign-up" in text
    assert get_guest(campaign, "first@example.org") is not None


async def test_cancelling_deletes_the_guest(post, browser, campaign):
    response = await post("/attendances/accepted/cancel")
    assert response.headers["location"] == "/attendances/cancelled?lang=en"
    assert "You are not signed up" in (await browser.get(response.headers["location"])).text
    assert get_guest(campaign, "first@example.org") is None


async def test_cancelling_twice_is_no_error(post):
    await post("/attendances/accepted/cancel")
    response = await post("/attendances/accepted/cancel")
    assert response.headers["location"] == "/attendances/cancelled?lang=en"


async def test_declined_guest_has_nothing_to_change(browser, post):
    assert "Your sign-up</h2>" not in (await browser.get("/attendances/declined?lang=en")).text
    for path in ("/attendances/declined", "/attendances/declined/cancel"):
        assert (await post(path, guests="0")).headers["location"].startswith("/attendances/decl")


@pytest.mark.parametrize("path", ["/attendances/unknown", "/attendances/unknown/cancel"])
async def test_unknown_link_is_explained(browser, path):
    response = await browser.get(f"{path}?lang=en")
    assert response.status_code == 404
    assert "This link is not valid" in response.text


async def test_form_from_another_site_changes_nothing(browser, campaign):
    headers = SAME_ORIGIN | {"Origin": "https://evil.example"}
    response = await browser.post("/attendances/accepted/cancel", data={}, headers=headers)
    assert response.status_code == 403
    assert get_guest(campaign, "first@example.org") is not None


async def test_failure_keeps_the_form(post, campaign):
    campaign.fail_next(Unavailable(), on="PATCH")
    response = await post("/attendances/accepted", guests="1")
    assert response.status_code == 503
    assert "This could not be saved." in response.text


async def test_confirmation_of_a_guest_who_left_says_so(browser, post, campaign):
    path = campaign.attend()
    await post(path, name="Sample Guest")
    token = campaign.mail[-1].own_token
    await post(f"/attendances/{token}/cancel")
    assert "You are not signed up" in (await browser.get(f"{path}?lang=en")).text


async def test_page_before_confirming_says_what_the_host_sees(browser, campaign):
    details = {"name": "Sample Guest", "email": "new@example.org", "message": "Hello host"}
    campaign.client().events.attend("evt_home", **details)
    text = (await browser.get(f"/confirm/{campaign.mail[-1].token}?lang=en")).text
    assert "The host sees your name, e-mail address and message, and decides who comes." in text
    assert "Hello host" in text


async def test_page_of_a_public_event_says_that_the_host_sees_nobody(browser, campaign):
    text = (await browser.get(f"{campaign.attend()}?lang=en")).text
    assert "Nobody else gets them, not even the host." in text


async def test_message_to_the_host_is_asked_at_homes_only(browser):
    home, public = [
        (await browser.get(f"/events/{event}?lang=en")).text for event in ("evt_home", "evt_1")
    ]
    assert 'name="message"' in home
    assert 'name="message"' not in public


async def test_message_reaches_the_campaign(post, campaign):
    values = {"name": "Sample Guest", "email": "new@example.org", "guests": "0"}
    await post("/events/evt_home", **values, message="First line\r\nSecond line")
    assert get_guest(campaign, "new@example.org").message == "First line\nSecond line"


async def test_page_of_a_home_names_no_host(browser):
    text = (await browser.get("/events/evt_home?lang=en")).text
    assert "Sample Family" not in text
    assert "<dt>Host</dt>" not in text
    assert '"organizer"' not in text
