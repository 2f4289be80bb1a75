"""A host's own page, behind the link in the e-mails."""

import pytest

from imd_sdk.testing import Unavailable

SAME_ORIGIN = {
    "Origin": "http://widgets.example",
    "Content-Type": "application/x-www-form-urlencoded",
}
CHANGE = {
    "title": "Sample dinner",
    "description": "Bring two dishes.",
    "starts_at": "2026-12-18T20:00",
    "ends_at": "",
    "url": "",
    "name": "",
    "address": "3 Secret Street",
    "locality": "Mexico City",
    "region": "",
    "country": "MX",
    "latitude": "19,44",
    "longitude": "-99.13",
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


@pytest.fixture
def public_path(campaign) -> str:
    return f"/hosted-events/{campaign.host_token('evt_1')}"


def get_statuses(campaign):
    return {guest.name: guest.status for guest in campaign.attendances("evt_home")}


def get_id(campaign, name):
    return next(guest.id for guest in campaign.attendances("evt_home") if guest.name == name)


async def test_host_of_a_home_sees_who_asks(browser):
    text = (await browser.get("/hosted-events/host?lang=en")).text
    for shown in ("Second Guest", "second@example.org", "We met at the clinic.", "Secret Street"):
        assert shown in text


async def test_page_is_for_one_reader_only(browser):
    response = await browser.get("/hosted-events/host?lang=en")
    assert response.headers["cache-control"] == "no-store"
    assert 'content="noindex"' in response.text


async def test_host_of_a_public_event_sees_numbers_only(browser, campaign, public_path):
    campaign.add_attendance("evt_1", guests=2)
    text = (await browser.get(f"{public_path}?lang=en")).text
    assert "Coming</dt>\n<dd>3</dd>" in text
    assert "guest@example.org" not in text


async def test_what_guests_typed_is_escaped(browser, campaign):
    campaign.add_attendance("evt_home", email="x@example.org", message="<script>alert(1)</script>")
    assert "<script>alert" not in (await browser.get("/hosted-events/host?lang=en")).text


@pytest.mark.parametrize(("decision", "status"), [("accept", "accepted"), ("decline", "declined")])
async def test_host_decides_on_a_guest(post, campaign, decision, status):
    path = f"/hosted-events/host/guests/{get_id(campaign, 'Second Guest')}"
    response = await post(path, decision=decision)
    assert response.headers["location"] == "/hosted-events/host?lang=en"
    assert get_statuses(campaign)["Second Guest"] == status


async def test_deciding_twice_is_no_error(post, campaign):
    path = f"/hosted-events/host/guests/{get_id(campaign, 'Fourth Guest')}"
    assert (await post(path, decision="decline")).status_code == 303


async def test_capacity_is_saved(post, campaign):
    await post("/hosted-events/host/capacity", capacity="9")
    assert campaign.client().events.get("evt_home").capacity == 9
    await post("/hosted-events/host/capacity", capacity="")
    assert campaign.client().events.get("evt_home").capacity is None


@pytest.mark.parametrize("written", ["0", "-1", "many", "1" * 5000])
async def test_malformed_capacity_is_explained_at_the_field(post, written):
    response = await post("/hosted-events/host/capacity", capacity=written)
    assert response.status_code == 422
    assert 'id="capacity-wrong">Enter a whole number' in response.text


async def test_change_form_shows_the_event_in_its_local_time(browser):
    text = (await browser.get("/hosted-events/host/change?lang=en")).text
    assert 'value="2026-12-18T19:00"' in text
    assert 'value="2 Secret Street"' in text


async def test_change_is_proposed(post, browser, campaign):
    response = await post("/hosted-events/host/change", **CHANGE)
    assert response.headers["location"] == "/hosted-events/host?lang=en"
    proposed = campaign.client().hosted_events.get("host").change
    assert (proposed.title, proposed.place.latitude) == ("Sample dinner", 19.44)
    assert proposed.starts_at.isoformat() == "2026-12-18T20:00:00-06:00"
    assert "Your changes wait" in (await browser.get(response.headers["location"])).text
    assert campaign.client().events.get("evt_home").title == "Sample potluck"


async def test_change_is_withdrawn(post, campaign):
    await post("/hosted-events/host/change", **CHANGE)
    await post("/hosted-events/host/change/withdraw")
    assert campaign.client().hosted_events.get("host").change is None


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("title", ""),
        ("starts_at", "2020-01-01T10:00"),
        ("starts_at", "soon"),
        ("latitude", "north"),
        ("longitude", "nan"),
        ("country", "XX"),
        ("url", "example"),
    ],
)
async def test_malformed_change_is_explained_at_its_field(post, field, written):
    response = await post("/hosted-events/host/change", **CHANGE | {field: written})
    assert response.status_code == 422
    assert f'id="{field}-wrong"' in response.text


async def test_long_description_in_any_script_is_accepted(post, campaign):
    change = CHANGE | {"description": "ম" * 5000}
    assert (await post("/hosted-events/host/change", **change)).status_code == 303


async def test_cancelling_asks_for_a_reason_without_links(post, campaign):
    response = await post("/hosted-events/host/cancel", reason="See https://example.org")
    assert response.status_code == 422
    assert 'id="reason-wrong">Enter a reason' in response.text
    assert campaign.client().events.get("evt_home").state == "public"


async def test_host_cancels_the_event(post, browser, campaign):
    response = await post("/hosted-events/host/cancel", reason="Rain")
    page = (await browser.get(response.headers["location"])).text
    assert "This event is cancelled." in page
    assert "If you decline a guest" not in page
    assert campaign.client().events.get("evt_home").state == "cancelled"


async def test_event_under_review_is_withdrawn(post, browser, campaign):
    await post(campaign.submit_event(), name="Sample Host")
    path = f"/hosted-events/{campaign.mail[-1].own_token}"
    assert "Withdraw the event" in (await browser.get(f"{path}?lang=en")).text
    response = await post(f"{path}/cancel")
    assert "Your event has been deleted" in (await browser.get(response.headers["location"])).text
    assert (await browser.get(f"{path}?lang=en")).status_code == 404


@pytest.mark.parametrize("page", ["", "/change", "/cancel"])
async def test_unknown_link_is_explained(browser, page):
    response = await browser.get(f"/hosted-events/unknown{page}?lang=en")
    assert response.status_code == 404
    assert "This link is not valid" in response.text


async def test_unknown_page_of_the_guest_list_is_not_found(browser):
    assert (await browser.get("/hosted-events/host?cursor=x")).status_code == 404


async def test_failure_keeps_the_form(post, campaign):
    campaign.fail_next(Unavailable(), on="PUT")
    response = await post("/hosted-events/host/change", **CHANGE)
    assert response.status_code == 503
    assert 'value="3 Secret Street"' in response.text


async def test_form_from_another_site_changes_nothing(browser, campaign):
    headers = SAME_ORIGIN | {"Origin": "https://evil.example"}
    values = {"reason": "Rain"}
    response = await browser.post("/hosted-events/host/cancel", data=values, headers=headers)
    assert response.status_code == 403
    assert campaign.client().events.get("evt_home").state == "public"
