import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_locale.language import UTC_ZONE
from imd_widgets.sharing.share import STORM_LASTS, get_storm_state

STORM = datetime(2026, 12, 18, 17, tzinfo=UTC)
ORDER = ["days", "hours", "minutes", "now", "over"]
LINK = re.compile(r'<li><a href="(.*?)"(.*?)>(.*?)</a></li>')
HOSTILE = '</textarea><script>alert(1)</script>" onfocus="x'


@pytest.mark.parametrize(
    ("before", "left"),
    [
        (timedelta(days=25, hours=18), ("days", 26)),
        (timedelta(hours=48, seconds=1), ("days", 2)),
        (timedelta(hours=48), ("hours", 48)),
        (timedelta(hours=1, seconds=1), ("hours", 2)),
        (timedelta(hours=1), ("minutes", 60)),
        (timedelta(seconds=1), ("minutes", 1)),
        (timedelta(), ("now", 0)),
        (-timedelta(minutes=59, seconds=59), ("now", 0)),
        (-timedelta(hours=1), ("over", 0)),
    ],
)
def test_storm_countdown_goes_from_days_to_over(before, left):
    assert get_storm_state(STORM, STORM - before, UTC_ZONE) == left


@given(
    st.timedeltas(timedelta(days=-20), timedelta(days=40)),
    st.timedeltas(timedelta(), timedelta(days=3)),
)
def test_storm_countdown_never_increases(before, passing):
    (state, left) = get_storm_state(STORM, STORM - before, UTC_ZONE)
    (later, remains) = get_storm_state(STORM, STORM - before + passing, UTC_ZONE)
    assert (left >= 1) == (state in ORDER[:3])
    assert ORDER.index(later) >= ORDER.index(state)
    assert later != state or remains <= left


async def get_html(browser, query: str = "") -> str:
    response = await browser.get(f"/w/share{query}")
    assert response.status_code == 200
    return response.text


def links(text: str) -> list[tuple[str, str, str]]:
    return [(unescape(href), rest, name) for href, rest, name in LINK.findall(text)]


@pytest.mark.anyio
class TestPage:
    async def test_messages_can_be_copied_without_javascript(self, browser):
        text = await get_html(browser)
        found = re.search(r"<textarea[^>]* readonly [^>]*>\n(.*?)</textarea>", text, re.DOTALL)
        assert unescape(found[1]) == (
            "A border takes no right away. Add your name: https://campaign.example/\n"
            "#MigrantRights #ManyPaths"
        )

    async def test_every_message_links_to_every_network(self, browser):
        names = [name for _, _, name in links(await get_html(browser))]
        every = ["X", "Bluesky", "Mastodon", "Facebook", "WhatsApp", "Telegram", "E-mail", "SMS"]
        assert names == every * 2

    async def test_links_open_a_new_window_without_a_referrer(self, browser):
        for href, rest, name in links(await get_html(browser)):
            leaves = name not in {"E-mail", "SMS"}
            assert ('target="_blank" rel="noopener noreferrer"' in rest) == leaves
            assert urlsplit(href).scheme == (
                "https"
                if leaves and name != "Mastodon"
                else {"E-mail": "mailto", "SMS": "sms"}.get(name, "")
            )

    async def test_mastodon_link_leads_to_our_page(self, browser):
        href = next(href for href, _, name in links(await get_html(browser)) if name == "Mastodon")
        assert href == "/share/mastodon/convention?lang=en&hashtags=show"

    async def test_storm_time_is_in_the_named_zone(self, browser):
        text = await get_html(browser, "?zone=America/Mexico_City&lang=es")
        assert "viernes, 18 de diciembre de 2026, 11:00" in text
        assert "hora estándar central" in text

    async def test_days_are_counted_before_the_storm(self, browser):
        text = await get_html(browser)
        assert ">25</b> <span>days until the share storm</span>" in text

    async def test_now_is_shown_during_the_storm(self, browser, clock):
        clock.time = STORM
        assert ">Now</b> <span>everybody posts at once</span>" in await get_html(browser)

    async def test_messages_stay_after_the_storm(self, browser, clock):
        clock.time = STORM + STORM_LASTS
        text = await get_html(browser)
        assert "The share storm is over." in text
        assert text.count("<textarea") == 2

    async def test_chosen_networks_are_listed_in_order(self, browser):
        text = await get_html(browser, "?networks=sms,X")
        assert [name for _, _, name in links(text)] == ["SMS", "X"] * 2

    async def test_unknown_network_lists_valid_networks(self, browser):
        response = await browser.get("/w/share?networks=x,nowhere&lang=fr")
        assert response.status_code == 400
        assert "Les réseaux sont x, bluesky" in response.text

    async def test_hidden_hashtags_are_not_shown_or_posted(self, browser):
        text = await get_html(browser, "?hashtags=hide")
        assert "ManyPaths" not in text
        assert "hashtags=hide" in text

    async def test_long_message_warns_with_its_length(self, browser, campaign):
        campaign.share_kit["messages"][0]["text"] = "a" * 300
        text = await get_html(browser)
        assert "Too long for X: it counts 350 characters and allows 280." in text
        assert "Too long for Bluesky: it counts 352 characters and allows 300." in text

    async def test_days_until_the_storm_are_drawn_as_dots(self, browser):
        assert re.search(r'stroke-dasharray="0 1"[^>]* pathLength="\d+"', await get_html(browser))

    async def test_only_chosen_networks_warn(self, browser, campaign):
        campaign.share_kit["messages"][0]["text"] = "a" * 300
        assert "Too long" not in await get_html(browser, "?networks=whatsapp")

    async def test_campaign_text_is_escaped(self, browser, campaign):
        campaign.share_kit["messages"] = [{"id": HOSTILE, "text": HOSTILE}]
        campaign.share_kit["hashtags"] = [HOSTILE]
        text = await get_html(browser)
        assert "<script>alert" not in text
        assert 'onfocus="x' not in text

    async def test_url_that_is_not_http_is_left_out(self, browser, campaign):
        campaign.share_kit["url"] = "javascript:alert(1)"
        text = await get_html(browser)
        assert "javascript" not in text
        assert "Facebook" not in text

    async def test_empty_lines_of_a_message_are_kept(self, browser, campaign):
        campaign.share_kit["messages"] = [{"id": "a", "text": "One\n\nTwo"}]
        assert "One&#10;&#10;Two https" in await get_html(browser)

    async def test_updates_can_be_switched_off_with_their_script(self, browser):
        text = await get_html(browser, "?updates=off")
        assert text.count("<script") == 1
        assert "<button" not in text

    async def test_empty_share_kit_says_so(self, browser, campaign):
        campaign.share_kit["messages"] = []
        assert "The campaign has no messages yet." in await get_html(browser)

    async def test_messages_stay_with_a_note_while_the_campaign_is_down(
        self, browser, campaign, clock
    ):
        await get_html(browser)
        campaign.down = True
        clock.advance(3600)
        text = await get_html(browser)
        assert text.count("<textarea") == 2
        assert "The campaign cannot be reached right now." in text

    async def test_cold_start_without_a_campaign_is_a_503_page(self, browser, campaign):
        campaign.down = True
        response = await browser.get("/w/share?lang=ar")
        assert response.status_code == 503
        assert "لا يمكن الوصول إلى الحملة الآن" in response.text


SAME_ORIGIN = {"Origin": "http://widgets.example"}
PAGE = "/share/mastodon/convention"


@pytest.mark.anyio
class TestMastodon:
    async def test_page_has_the_message_and_a_server_field(self, browser):
        response = await browser.get(f"{PAGE}?lang=es")
        assert response.status_code == 200
        assert "A border takes no right away." in response.text
        assert 'name="server"' in response.text

    async def test_form_redirects_to_the_server_with_the_message(self, browser):
        response = await browser.post(
            PAGE, data={"server": "@me@social.example"}, headers=SAME_ORIGIN
        )
        assert response.status_code == 303
        address = urlsplit(response.headers["location"])
        assert (address.scheme, address.netloc, address.path) == (
            "https",
            "social.example",
            "/share",
        )
        assert "#ManyPaths" in parse_qs(address.query)["text"][0]

    async def test_hidden_hashtags_are_not_posted(self, browser):
        response = await browser.post(
            f"{PAGE}?hashtags=hide", data={"server": "social.example"}, headers=SAME_ORIGIN
        )
        assert "ManyPaths" not in response.headers["location"]

    @pytest.mark.parametrize("server", ["", "localhost", "a.example:80", "javascript:alert(1)"])
    async def test_invalid_server_is_an_error_at_the_field(self, browser, server):
        response = await browser.post(
            f"{PAGE}?lang=es", data={"server": server}, headers=SAME_ORIGIN
        )
        assert response.status_code == 422
        assert "Escribe el nombre de tu servidor" in response.text
        assert f'value="{server}"' in response.text

    @pytest.mark.parametrize("origin", ["null", "https://other.example"])
    async def test_form_of_another_site_is_rejected(self, browser, origin):
        response = await browser.post(
            PAGE, data={"server": "social.example"}, headers={"Origin": origin}
        )
        assert response.status_code == 403

    async def test_query_cannot_change_the_message(self, browser):
        response = await browser.get("/share/mastodon?text=Other&message=Other")
        assert "Other" not in response.text

    async def test_unknown_message_is_not_found(self, browser):
        assert (await browser.get("/share/mastodon/nothing")).status_code == 404

    async def test_policy_blocks_frames_and_allows_the_redirect(self, browser):
        policy = (await browser.get(PAGE)).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self' https:" in policy
