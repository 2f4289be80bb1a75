"""The page behind the link to confirm a sign-up for an event, or a submitted event."""

import pytest
from sample_campaign import HOME

from imd_sdk.testing import Rejected

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}
CONFIRM = "POST /v1/confirmations/{token}"
SHOW = "GET /v1/confirmations/{token}"
WHEN = "Friday, 18 December 2026, 6:00\N{NARROW NO-BREAK SPACE}pm</time>"

pytestmark = pytest.mark.anyio


@pytest.fixture
def submit(browser):
    """Submit a form, and follow the redirect if there is one."""

    async def post(path, **values):
        response = await browser.post(f"{path}?lang=en", data=values, headers=SAME_ORIGIN)
        if response.status_code != 303:
            return response
        return await browser.get(response.headers["location"])

    return post


@pytest.fixture
def guest_path(campaign) -> str:
    return campaign.attend()


@pytest.fixture
def host_path(campaign) -> str:
    return campaign.submit_event()


@pytest.fixture(params=["guest", "host"])
def path(request, campaign) -> str:
    return campaign.attend() if request.param == "guest" else campaign.submit_event()


def set_status(campaign, status) -> None:
    """Let confirmed sign-ups have this status."""
    campaign.change_responses(
        lambda sent: sent | {"status": status} if sent["state"] == "confirmed" else sent, on=SHOW
    )


async def get_text(browser, path: str, lang: str = "en") -> str:
    return (await browser.get(f"{path}?lang={lang}")).text


# ------------------------------------------------------------------ both kinds


async def test_page_shows_the_time_in_the_events_time_zone(browser, path):
    text = await get_text(browser, path)
    assert WHEN in text
    assert "Local time in Mexico City" in text


async def test_page_asks_for_no_consent(browser, path):
    text = await get_text(browser, path)
    assert 'name="public"' not in text
    assert 'name="updates"' not in text


async def test_invalid_name_is_shown_at_its_field(submit, path):
    response = await submit(path, name="x" * 101)
    assert response.status_code == 422
    assert 'id="name-wrong">Enter your name, with up to 100 characters.' in response.text


async def test_rate_limit_is_explained_at_the_form(submit, campaign, path):
    campaign.fail_next(Rejected("rate-limited"), on=CONFIRM)
    response = await submit(path, name="Sample Person")
    assert response.status_code == 429
    assert "Too many requests are arriving right now." in response.text


async def test_page_says_that_nothing_is_recorded_without_the_button(browser, path):
    text = await get_text(browser, path)
    assert "close this page and nothing will be recorded" in text


async def test_rejected_form_is_deleted(submit, path):
    response = await submit(f"{path}/reject")
    assert "What was entered has been deleted" in response.text
    assert "Sample Guest" not in response.text


async def test_emails_can_be_allowed_again(submit, path):
    await submit(f"{path}/reject")
    response = await submit(f"{path}/allow")
    assert "E-mails are allowed again" in response.text
    assert "fill in the form again" in response.text


async def test_code_leads_to_the_page_of_the_link(browser, campaign, path):
    email = campaign.mail[-1]
    values = {"email": email.to, "code": email.code}
    response = await browser.post("/confirm?lang=en", data=values, headers=SAME_ORIGIN)
    assert response.headers["location"] == f"{path}?lang=en"


async def test_page_is_not_cached(browser, path):
    assert (await browser.get(path)).headers["cache-control"] == "no-store"


async def test_token_is_not_repeated_in_the_tags(browser, path):
    head = (await get_text(browser, path)).partition("</head>")[0]
    assert "/confirm/" not in head


@pytest.mark.parametrize("kind", ["event", "attendance"])
async def test_form_of_its_kind_is_kept_while_the_campaign_is_down(submit, campaign, path, kind):
    campaign.down = True
    response = await submit(path, name="Sample Persson", kind=kind)
    assert response.status_code == 503
    assert 'value="Sample Persson"' in response.text
    assert f'name="kind" value="{kind}"' in response.text


async def test_unknown_kind_is_not_confirmed_blindly(browser, campaign, path):
    campaign.change_responses(lambda sent: sent | {"kind": "donation"}, on=SHOW)
    assert (await browser.get(path)).status_code == 503


# ------------------------------------------------------------------ guests


async def test_guest_sees_the_event(browser, guest_path):
    assert ">Sample vigil</p>" in await get_text(browser, guest_path)


async def test_guest_sees_how_many_they_bring(browser, guest_path):
    text = await get_text(browser, guest_path)
    assert "<dt>Guests you will bring</dt>\n<dd>2</dd>" in text


async def test_guest_can_correct_the_name(submit, campaign, guest_path):
    await submit(guest_path, name="Sample Gast")
    assert campaign.attendances("evt_1")[0].name == "Sample Gast"


async def test_guest_learns_who_gets_the_data(browser, campaign, guest_path):
    text = await get_text(browser, guest_path)
    name = f'<bdi lang="en">{campaign.campaign["name"]}</bdi>'
    assert f"{name} stores your name and e-mail address, encrypted" in text
    assert "not even the host" in text


async def test_confirmed_guest_has_a_place(submit, guest_path):
    response = await submit(guest_path, name="Sample Guest")
    assert "Your place is confirmed" in response.text
    assert "We have sent you an e-mail with all you need." in response.text


async def test_confirmed_guest_gets_the_calendar_file(submit, guest_path):
    response = await submit(guest_path, name="Sample Guest")
    assert 'href="/events/evt_1.ics"' in response.text


async def test_guest_without_a_place_is_on_the_list(submit, campaign):
    path = campaign.attend(guests=9)
    campaign.client().confirmations.confirm(path.rpartition("/")[2])
    for guest in range(3):
        more = campaign.attend(guests=9, email=f"guest{guest}@example.org")
        response = await submit(more, name="Sample Guest")
    assert "There is no place left at present." in response.text


async def test_declined_guest_is_told_so(submit, campaign, guest_path):
    set_status(campaign, "declined")
    response = await submit(guest_path, name="Sample Guest")
    assert "there is no place for you at this event" in response.text
    assert 'href="/w/event-list?lang=en"' in response.text


async def test_unknown_status_is_not_a_place(submit, campaign, guest_path):
    set_status(campaign, "overbooked")
    response = await submit(guest_path, name="Sample Guest")
    assert "Your place is confirmed" not in response.text


async def test_places_left_are_updated_after_confirmation(submit, browser, campaign, guest_path):
    assert "38 places left" in await get_text(browser, "/events/evt_1")
    await submit(guest_path, name="Sample Guest")
    assert "35 places left" in await get_text(browser, "/events/evt_1")


async def test_event_that_is_over_is_explained(submit, campaign, guest_path):
    campaign.fail_next(Rejected("event-closed"), on=CONFIRM)
    response = await submit(guest_path, name="Sample Guest")
    assert response.status_code == 409
    assert "This event no longer accepts sign-ups" in response.text
    assert "You are not signed up, and nothing was recorded." in response.text


async def test_event_that_is_over_shows_no_form(submit, campaign, guest_path):
    campaign.fail_next(Rejected("event-closed"), on=CONFIRM)
    response = await submit(guest_path, name="Sample Guest")
    assert "<form" not in response.text


# ------------------------------------------------------------------ hosts


async def test_host_sees_the_title(browser, host_path):
    assert ">Sample potluck</p>" in await get_text(browser, host_path)


async def test_host_sees_what_will_be_published(browser, campaign, host_path):
    text = await get_text(browser, host_path)
    form = campaign.submissions()[-1].form
    assert form["description"].split("\n")[0] in text
    assert (form["url"] or form["place"]["locality"]) in text


async def test_url_in_a_submitted_event_is_no_link(browser, campaign):
    """Somebody who only entered this address could lead its owner anywhere."""
    online = {"kind": "online", "online": True, "place": None, "url": "https://spam.example/"}
    response = await browser.get(campaign.submit_event(**online))
    assert "https://spam.example/" in response.text
    assert 'href="https://spam.example/' not in response.text


@pytest.mark.parametrize(("capacity", "shown"), [(1200, "1,200"), (None, "No limit")])
async def test_host_sees_how_many_people_can_come(browser, campaign, capacity, shown):
    text = await get_text(browser, campaign.submit_event(capacity=capacity))
    assert f"<dt>How many people can come</dt>\n<dd>{shown}</dd>" in text


async def test_host_of_a_home_learns_who_sees_the_name(browser, campaign, host_path):
    home = await get_text(browser, campaign.submit_event(place=HOME["place"]))
    assert "Only our moderators and accepted guests see it." in home
    assert "as it will be shown" not in home
    assert "as it will be shown" in await get_text(browser, host_path)


async def test_host_can_correct_the_name(submit, campaign, host_path):
    await submit(host_path, name="Sample Group")
    assert campaign.submissions()[0].form["host"]["name"] == "Sample Group"


async def test_confirmed_host_hears_from_the_moderators(submit, host_path):
    response = await submit(host_path, name="Sample Host")
    assert "Our moderators review every event, which takes a day or two." in response.text


async def test_confirmed_event_waits_for_review(submit, campaign, host_path):
    await submit(host_path, name="Sample Host")
    assert campaign.submissions()[0].state == "pending_review"
