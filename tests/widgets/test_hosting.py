"""A host's own page, behind the link in the e-mails."""

import re

import pytest
from sample_campaign import HOME

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
    "time_zone": "America/Mexico_City",
    "url": "",
    "name": "",
    "address": "3 Secret Street",
    "locality": "Mexico City",
    "region": "",
    "country": "MX",
    "latitude": "19,44",
    "longitude": "-99.13",
}

OLD_ZONE = "Mexico/General"

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
    assert response.headers["location"] == "/hosted-events/host?lang=en&done=saved"
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
    assert response.headers["location"] == "/hosted-events/host?lang=en&done=proposed"
    proposed = campaign.client().hosted_events.get("host").change
    assert (proposed.title, proposed.place.latitude) == ("Sample dinner", 19.44)
    assert proposed.starts_at.isoformat() == "2026-12-18T20:00:00-06:00"
    assert "Your changes wait" in (await browser.get(response.headers["location"])).text
    assert campaign.client().events.get("evt_home").title == "Sample potluck"


def read_change(campaign):
    return campaign.client().hosted_events.get("host").change


def read_status(text: str) -> str:
    found = re.search(r'role="status"[^>]*>([^<]+)', text)
    return found[1] if found else ""


@pytest.fixture
def propose(post, browser):
    """Propose a change of the event as its form shows it; return the page that follows."""

    async def propose(host: str = "host", **changes):
        form = (await browser.get(f"/hosted-events/{host}/change?lang=en")).text
        fields = dict(re.findall(r'<input id="(\w+)"[^>]* value="([^"]*)"', form))
        fields |= dict(re.findall(r'<textarea id="(\w+)"[^>]*>([^<]*)', form))
        fields |= {
            name: re.search(r'value="([^"]*)" selected', options)[1]
            for name, options in re.findall(r'<select id="(\w+)"(.*?)</select>', form, re.DOTALL)
        }
        response = await post(f"/hosted-events/{host}/change", **fields | changes)
        if response.status_code != 303:
            return response
        return await browser.get(response.headers["location"])

    return propose


async def test_form_that_is_sent_as_it_is_changes_nothing(propose, campaign):
    page = await propose()
    assert read_change(campaign) is None
    assert read_status(page.text) == "You changed nothing, so nothing was sent to our moderators."


async def test_move_to_another_city_needs_no_coordinates(propose, campaign):
    await propose(address="1 Sample Street", locality="Guadalajara")
    place = read_change(campaign).place
    assert (place.latitude, place.longitude) == pytest.approx((20.68, -103.35), abs=0.1)


async def test_city_is_found_by_its_name_in_any_script(propose, campaign):
    await propose(locality="القاهرة", country="EG", region="", address="")
    place = read_change(campaign).place
    assert (place.latitude, place.longitude) == pytest.approx((30.06, 31.25), abs=0.1)


async def test_other_changes_keep_the_exact_point(propose, campaign):
    exact = campaign.client().hosted_events.get("host").event.place
    await propose(title="Sample dinner", name="Another name")
    place = read_change(campaign).place
    assert (place.latitude, place.longitude) == (exact.latitude, exact.longitude)


async def test_second_change_keeps_the_point_of_the_first(propose, campaign):
    await propose(address="1 Sample Street", latitude="19.5", longitude="-99.2")
    await propose(title="Sample dinner")
    place = read_change(campaign).place
    assert (place.latitude, place.longitude) == (19.5, -99.2)


async def test_unknown_town_asks_for_a_larger_one(propose, campaign):
    page = await propose(locality="Sampletown")
    assert page.status_code == 422
    assert 'id="nearby-wrong">The city “Sampletown” was not found.' in page.text
    assert "<details open>" in page.text
    assert 'id="latitude-wrong"' not in page.text
    await propose(locality="Sampletown", nearby="Puebla")
    assert read_change(campaign).place.latitude == pytest.approx(19.04, abs=0.1)


async def test_mistyped_larger_town_is_corrected(propose):
    page = await propose(locality="Sampletown", nearby="Guadalajra")
    assert "Did you mean Guadalajara?" in page.text


async def test_one_coordinate_alone_is_explained_at_the_other(propose):
    page = await propose(address="1 Sample Street", longitude="-99.2")
    assert 'id="latitude-wrong">Enter a number from -90 to 90, such as 19.4326' in page.text


async def test_new_time_zone_is_that_of_the_new_times(propose, campaign):
    await propose(starts_at="2026-12-18T20:00", time_zone="Africa/Nairobi")
    change = read_change(campaign)
    assert change.time_zone == "Africa/Nairobi"
    assert change.starts_at.isoformat() == "2026-12-18T20:00:00+03:00"


async def test_former_name_of_a_time_zone_is_kept(propose, campaign):
    campaign.add_event(**HOME | {"event_id": "evt_2", "host_token": "other", "time_zone": OLD_ZONE})
    await propose("other")
    assert campaign.client().hosted_events.get("other").change is None


async def test_time_that_clocks_skip_is_the_time_that_they_show(propose, campaign):
    """On 14 March 2027, clocks in New York go from 1:59 to 3:00."""
    await propose(starts_at="2027-03-14T02:30", time_zone="America/New_York")
    assert read_change(campaign).starts_at.isoformat() == "2027-03-14T03:30:00-04:00"


async def test_page_lists_what_a_change_would_change(propose):
    text = (await propose(title="Sample <dinner>", starts_at="2026-12-18T20:00")).text
    section = text[text.index('id="pending"') : text.index("Withdraw the changes")]
    assert re.findall(r"<dt>(\w+)</dt>", section) == ["Title", "Start"]
    lines = re.findall(r'class="line"[^>]*>([^<]+)', section)
    assert lines[:2] == ["Sample potluck", "Sample &lt;dinner&gt;"]
    assert ["7:00" in lines[2], "8:00" in lines[3]] == [True, True]


async def test_page_without_a_change_lists_none(browser):
    assert 'id="pending"' not in (await browser.get("/hosted-events/host?lang=en")).text


async def test_saving_is_confirmed(post, browser):
    response = await post("/hosted-events/host/capacity", capacity="9")
    page = await browser.get(response.headers["location"])
    assert read_status(page.text) == "Your change is saved."


@pytest.mark.parametrize("done", ["", "anything", "saved%22%3E%3Cb%3E"])
async def test_link_cannot_make_the_page_confirm_anything_else(browser, done):
    page = await browser.get(f"/hosted-events/host?lang=en&done={done}")
    assert read_status(page.text) == ""


async def test_host_of_a_home_learns_what_stays_hidden(browser, public_path):
    home = (await browser.get("/hosted-events/host?lang=en")).text
    assert "Your event is published" in home
    assert "Your name and the address stay hidden" in home
    public = (await browser.get(f"{public_path}?lang=en")).text
    assert "Your event is public" in public
    assert "stay hidden" not in public


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
