"""What the page of a confirmed signature offers next."""

import re

import pytest

DONATE = "https://campaign.example/donate"
PARTS = ["share", "events", "posters", "donate"]
SOURCES = {
    "share": "/v1/share-kit",
    "events": "/v1/events",
    "posters": "/v1/posters",
    "donate": "/v1/campaign",
}

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def signed(campaign) -> None:
    """A confirmed signature, and a campaign with everything to offer."""
    campaign.campaign["links"]["donate"] = DONATE
    campaign.client().confirmations.confirm("good")


async def get_text(browser, lang: str = "en") -> str:
    return (await browser.get(f"/confirm/good?lang={lang}")).text


async def list_parts(browser) -> list[str]:
    return re.findall(r'<h2 id="(\w+)">', await get_text(browser))


async def test_parts_are_in_the_default_order(browser):
    assert await list_parts(browser) == PARTS


async def test_setting_chooses_the_parts_and_their_order(served_with):
    async with served_with(after_signing="donate,share") as browser:
        assert await list_parts(browser) == ["donate", "share"]


async def test_page_without_parts_links_to_the_petition(served_with):
    async with served_with(after_signing="") as browser:
        text = await get_text(browser)
    assert '<a class="act" href="/petitions/convention?lang=en">' in text


async def test_message_can_be_posted_to_each_network(browser):
    text = await get_text(browser)
    for start in ("https://x.com/intent/post?", "https://wa.me/?", "mailto:?", "sms:?"):
        assert f'href="{start}' in text


async def test_message_is_in_its_own_language(browser):
    text = await get_text(browser, "ar")
    assert '<div lang="en" dir="auto">\n<p>A border takes no right away.' in text


async def test_mastodon_link_leads_to_our_own_page(browser):
    assert 'href="/share/mastodon/convention?lang=en' in await get_text(browser)


async def list_events(browser) -> list[str]:
    """Return the ids of the events that are offered."""
    return re.findall(r'href="/events/(\w+)\?lang=en"', await get_text(browser))


def add_events(campaign, **countries: str) -> None:
    """Add an event in each country, a day after the other."""
    for day, (event_id, country) in enumerate(countries.items(), 1):
        place = campaign.event["place"] | {"locality": "Sample Town", "country": country}
        place = {name: place[name] for name in ("locality", "country", "latitude", "longitude")}
        starts_at = f"2026-12-{day:02}T18:00:00-06:00"
        campaign.add_event(
            event_id=event_id, starts_at=starts_at, time_zone="America/Mexico_City", place=place
        )


async def test_next_events_in_the_country_of_the_signer_are_first(browser, campaign):
    add_events(campaign, one="KE", two="MX", three="KE", four="KE", five="KE")
    assert await list_events(browser) == ["one", "three", "four"]


async def test_event_names_its_day_and_town(browser, campaign):
    add_events(campaign, one="KE")
    assert "1 December · Sample Town · Kenya" in await get_text(browser)


async def test_events_online_are_offered_where_there_are_none(browser, campaign):
    add_events(campaign, two="MX")
    campaign.add_event(event_id="online", online=True, kind="online", url="https://meet.example/")
    assert await list_events(browser) == ["online"]


async def test_country_of_the_signer_is_in_no_link(browser, campaign):
    add_events(campaign, one="KE")
    links = re.findall(r'href="([^"]*)"', await get_text(browser))
    assert not [link for link in links if "KE" in link]


async def test_readers_find_all_events_on_the_map_and_in_the_list(browser):
    text = await get_text(browser)
    assert 'href="/w/events?lang=en"' in text
    assert 'href="/w/event-list?lang=en"' in text


async def test_posters_are_linked(browser):
    assert 'href="/posters/many-paths?lang=en"' in await get_text(browser)


async def test_donation_link_is_the_campaigns(browser):
    assert f'<a class="act" href="{DONATE}" rel="noopener">' in await get_text(browser)


async def test_no_link_to_another_site_has_the_token_or_the_name(browser):
    links = re.findall(r'href="((?:https?|mailto|sms):[^"]*)"', await get_text(browser))
    assert len(links) > len(PARTS)
    assert not [link for link in links if "good" in link or "Sample" in link]


async def test_page_needs_no_script(browser):
    assert "<script" not in await get_text(browser)


@pytest.mark.parametrize("part", PARTS)
async def test_part_that_the_campaign_does_not_respond_for_is_left_out(browser, campaign, part):
    campaign.remove(SOURCES[part])
    assert await list_parts(browser) == [other for other in PARTS if other != part]


async def test_share_kit_without_messages_is_left_out(browser, campaign):
    campaign.share_kit["messages"] = []
    assert "share" not in await list_parts(browser)


async def test_posters_are_left_out_if_there_are_none(browser, campaign):
    campaign.posters = []
    assert "posters" not in await list_parts(browser)


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"ends_at": "2026-11-22T12:00:00Z"}])
async def test_events_are_left_out_if_none_is_coming(browser, campaign, change):
    campaign.event |= change
    assert "events" not in await list_parts(browser)


@pytest.mark.parametrize("link", [None, "javascript:alert(1)"])
async def test_donating_is_left_out_without_a_web_page(browser, campaign, link):
    campaign.campaign["links"]["donate"] = link
    assert "donate" not in await list_parts(browser)


async def test_part_that_is_switched_off_is_left_out(served_with, tmp_path):
    switches = tmp_path / "switches.toml"
    switches.write_text('widgets = ["events"]', encoding="utf-8")
    async with served_with(switches=switches) as browser:
        assert await list_parts(browser) == ["share", "posters", "donate"]


async def test_nothing_is_offered_after_the_end_date(served_with):
    async with served_with(sunset="2026-11-01T00:00:00Z") as browser:
        assert await list_parts(browser) == []


async def test_guests_are_not_asked_to_share_the_petition(browser, campaign):
    path = campaign.attend()
    campaign.client().confirmations.confirm(path.rpartition("/")[2])
    assert '<h2 id="share">' not in (await browser.get(path)).text
