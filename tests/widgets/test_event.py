from datetime import UTC, datetime

import pytest
from starlette.responses import JSONResponse

OURS = {"Origin": "http://widgets.example"}
FILLED = {"name": "Sample Person", "email": "sample@example.org", "guests": "2"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def come(browser):
    async def post(values=FILLED, headers=OURS):
        return await browser.post("/events/evt_1?lang=en", data=values, headers=headers)

    return post


async def shown(browser, lang: str = "en") -> str:
    return (await browser.get(f"/events/evt_1?lang={lang}")).text


def problem(status, name, *fields):
    errors = [{"in": "body", "field": field, "message": "no."} for field in fields]
    body = {"type": f"/v1/problems/{name}", "title": name, "status": status, "errors": errors}
    return JSONResponse(body, status, media_type="application/problem+json")


async def test_an_answer_stays_when_the_page_is_read_in_another_language(browser):
    text = (await browser.get("/events/evt_1/thanks?answer=accepted")).text
    assert 'href="/events/evt_1/thanks?lang=es&amp;answer=accepted"' in text


async def test_the_time_is_that_of_the_events_own_zone(browser):
    text = await shown(browser)
    assert "Friday, 18 December 2026, 6:00\N{NARROW NO-BREAK SPACE}pm</time>" in text
    assert "Local time in Mexico City" in text


async def test_the_events_words_keep_their_language(browser):
    assert '<h1 lang="es" dir="auto">Sample vigil</h1>' in await shown(browser, "ar")


async def test_a_private_home_is_told_to_nobody(browser, campaign):
    campaign.event["place"] |= {"name": None, "address": None, "precision": "area"}
    text = await shown(browser)
    assert "At a private home. The address is sent to guests who have a place." in text
    assert "19.43" not in text


async def test_places_left_are_said(browser):
    assert "38 places left" in await shown(browser)


async def test_a_link_that_is_no_web_address_is_left_out(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "javascript:alert(1)"}
    assert "javascript:" not in await shown(browser)


async def test_the_calendar_entry_is_ours_to_give(browser):
    answer = await browser.get("/events/evt_1.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.content == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def test_an_answer_reaches_the_campaign(come, campaign):
    await come()
    assert campaign.received == [FILLED | {"guests": 2, "lang": "en"}]


@pytest.mark.parametrize(
    ("status", "words"),
    [("accepted", "Your place is confirmed"), ("waiting", "We have received your reply")],
)
async def test_the_answer_says_whether_it_is_decided(come, browser, campaign, status, words):
    campaign.attendance = status
    answer = await come()
    assert answer.status_code == 303
    assert words in (await browser.get(answer.headers["location"])).text


async def test_faults_are_named_at_their_fields(come, campaign):
    campaign.refusal = problem(422, "invalid-body", "email")
    answer = await come()
    assert answer.status_code == 422
    assert 'id="email-wrong"' in answer.text
    assert '<option value="2" selected>' in answer.text


async def test_more_guests_than_places_is_said_at_the_field(come, campaign):
    campaign.refusal = problem(409, "sold-out")
    answer = await come()
    assert answer.status_code == 409
    assert 'id="guests-wrong">There are not enough places left' in answer.text


async def test_an_event_that_closed_takes_no_more_answers(come, campaign):
    campaign.refusal = problem(409, "event-closed")
    answer = await come()
    assert answer.status_code == 409
    assert "This event no longer accepts replies" in answer.text


async def test_a_cancelled_event_says_so_and_has_no_form(browser, campaign):
    campaign.event["state"] = "cancelled"
    text = await shown(browser)
    assert "This event is cancelled." in text
    assert "<form" not in text


async def test_an_event_that_is_over_has_no_form(browser, clock):
    clock.time = datetime(2026, 12, 19, 12, tzinfo=UTC)
    assert "<form" not in await shown(browser)


async def test_a_form_of_another_site_is_refused(come, campaign):
    assert (await come(headers={"Origin": "null"})).status_code == 403
    assert campaign.received == []
