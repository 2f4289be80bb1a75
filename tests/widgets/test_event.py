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


async def test_answer_is_kept_when_the_language_changes(browser):
    text = (await browser.get("/events/evt_1/thanks?answer=accepted")).text
    assert 'href="/events/evt_1/thanks?lang=es&amp;answer=accepted"' in text


async def test_time_is_in_the_events_time_zone(browser):
    text = await shown(browser)
    assert "Friday, 18 December 2026, 6:00\N{NARROW NO-BREAK SPACE}pm</time>" in text
    assert "Local time in Mexico City" in text


async def test_event_text_keeps_its_language(browser):
    assert '<h1 lang="es" dir="auto">Sample vigil</h1>' in await shown(browser, "ar")


async def test_private_address_is_not_shown(browser, campaign):
    campaign.event["place"] |= {"name": None, "address": None, "precision": "area"}
    text = await shown(browser)
    assert "At a private home. The address is sent to guests who have a place." in text
    assert "19.43" not in text


async def test_places_left_are_shown(browser):
    assert "38 places left" in await shown(browser)


async def test_links_that_are_not_http_are_left_out(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "javascript:alert(1)"}
    assert "javascript:" not in await shown(browser)


async def test_event_links_to_its_calendar_file(browser):
    answer = await browser.get("/events/evt_1.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.content == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def test_attendance_reaches_the_campaign(come, campaign):
    await come()
    assert campaign.received == [FILLED | {"guests": 2, "lang": "en"}]


@pytest.mark.parametrize(
    ("status", "words"),
    [("accepted", "Your place is confirmed"), ("waiting", "We have received your reply")],
)
async def test_thanks_page_says_whether_the_place_is_confirmed(
    come, browser, campaign, status, words
):
    campaign.attendance = status
    answer = await come()
    assert answer.status_code == 303
    assert words in (await browser.get(answer.headers["location"])).text


async def test_errors_are_shown_at_their_fields(come, campaign):
    campaign.refusal = problem(422, "invalid-body", "email")
    answer = await come()
    assert answer.status_code == 422
    assert 'id="email-wrong"' in answer.text
    assert '<option value="2" selected>' in answer.text


async def test_too_many_guests_is_an_error_at_the_field(come, campaign):
    campaign.refusal = problem(409, "sold-out")
    answer = await come()
    assert answer.status_code == 409
    assert 'id="guests-wrong">There are not enough places left' in answer.text


async def test_closed_event_rejects_attendance(come, campaign):
    campaign.refusal = problem(409, "event-closed")
    answer = await come()
    assert answer.status_code == 409
    assert "This event no longer accepts replies" in answer.text


async def test_cancelled_event_says_so_and_has_no_form(browser, campaign):
    campaign.event["state"] = "cancelled"
    text = await shown(browser)
    assert "This event is cancelled." in text
    assert "<form" not in text


async def test_past_event_has_no_form(browser, clock):
    clock.time = datetime(2026, 12, 19, 12, tzinfo=UTC)
    assert "<form" not in await shown(browser)


async def test_form_of_another_site_is_rejected(come, campaign):
    assert (await come(headers={"Origin": "null"})).status_code == 403
    assert campaign.received == []
