from datetime import UTC, datetime

import pytest
from sample_campaign import ATTEND

from imd_sdk.testing import Rejected

SAME_ORIGIN = {"Origin": "http://widgets.example"}
FILLED = {"name": "Sample Person", "email": "sample@example.org", "guests": "2"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def attend(browser):
    async def post(values=FILLED, headers=SAME_ORIGIN):
        return await browser.post("/events/evt_1?lang=en", data=values, headers=headers)

    return post


async def get_html(browser, lang: str = "en") -> str:
    return (await browser.get(f"/events/evt_1?lang={lang}")).text


async def test_time_is_in_the_events_time_zone(browser):
    text = await get_html(browser)
    assert "Friday, 18 December 2026, 6:00\N{NARROW NO-BREAK SPACE}pm</time>" in text
    assert "Local time in Mexico City" in text


async def test_event_text_keeps_its_language(browser):
    assert '<h1 lang="es" dir="auto">Sample vigil</h1>' in await get_html(browser, "ar")


async def test_private_address_is_not_shown(browser, campaign):
    campaign.event["place"] |= {"name": None, "address": None, "precision": "area"}
    text = await get_html(browser)
    assert "At a private home. The address is sent to guests who have a place." in text
    assert "19.43" not in text


async def test_places_left_are_shown(browser):
    assert "38 places left" in await get_html(browser)


async def test_links_that_are_not_http_are_left_out(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "javascript:alert(1)"}
    assert "javascript:" not in await get_html(browser)


async def test_event_links_to_its_calendar_file(browser):
    response = await browser.get("/events/evt_1.ics")
    assert response.headers["content-type"].startswith("text/calendar")
    assert b"SUMMARY:Sample vigil" in response.content


@pytest.mark.parametrize("path", ["/events/evt_1.ics/thanks", "/w/event-list?event=evt_1.ics"])
async def test_calendar_file_is_not_an_event(browser, path):
    assert (await browser.get(path)).status_code == 404


async def test_attendance_reaches_the_campaign(attend, campaign):
    await attend()
    assert campaign.received == [FILLED | {"guests": 2, "lang": "en"}]


@pytest.mark.parametrize("capacity", [None, 1])
async def test_attending_redirects_to_the_thanks_page(attend, campaign, capacity):
    campaign.event["capacity"] = capacity
    response = await attend()
    assert response.status_code == 303
    assert response.headers["location"] == "/events/evt_1/thanks?lang=en"


async def test_thanks_page_explains_the_confirmation_email(browser):
    text = (await browser.get("/events/evt_1/thanks?lang=es")).text
    assert "solo entonces queda hecha tu inscripción" in text


async def test_thanks_page_offers_the_code(browser):
    assert 'href="/confirm?lang=es"' in (await browser.get("/events/evt_1/thanks?lang=es")).text


async def test_form_says_that_an_email_follows(browser):
    assert "We will send you one link to confirm that it is you." in await get_html(browser)


async def test_errors_are_shown_at_their_fields(attend, campaign):
    campaign.fail_next(Rejected("invalid-body", ("email",)), on=ATTEND)
    response = await attend()
    assert response.status_code == 422
    assert 'id="email-wrong"' in response.text
    assert '<option value="2" selected>' in response.text


async def test_closed_event_rejects_attendance(attend, campaign):
    campaign.fail_next(Rejected("event-closed"), on=ATTEND)
    response = await attend()
    assert response.status_code == 409
    assert "This event no longer accepts sign-ups" in response.text


async def test_form_of_a_closed_campaign_says_that_it_is_over(attend, campaign):
    campaign.fail_next(Rejected("campaign-closed"), on=ATTEND)
    assert "This campaign is over." in (await attend()).text


async def test_cancelled_event_says_so_and_has_no_form(browser, campaign):
    campaign.event["state"] = "cancelled"
    text = await get_html(browser)
    assert "This event is cancelled." in text
    assert "<form" not in text


async def test_past_event_has_no_form(browser, clock):
    clock.time = datetime(2026, 12, 19, 12, tzinfo=UTC)
    assert "<form" not in await get_html(browser)


async def test_form_of_another_site_is_rejected(attend, campaign):
    assert (await attend(headers={"Origin": "null"})).status_code == 403
    assert campaign.received == []


async def test_thanks_accept_no_form(browser):
    response = await browser.post("/events/evt_1/thanks", headers=SAME_ORIGIN)
    assert response.status_code == 405
