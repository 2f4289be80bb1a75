import pytest

pytestmark = pytest.mark.anyio


async def get_html(browser, query: str = "", widget: str = "sign") -> str:
    response = await browser.get(f"/w/{widget}/convention{query}")
    assert response.status_code == 200
    return response.text


def change_petition(campaign, **values: object) -> None:
    campaign.petition |= values


async def test_widget_shows_title_summary_and_total(browser):
    text = await get_html(browser)
    assert "Ratify the Convention on the rights of all migrant workers</h1>" in text
    assert "Ask every State to ratify it." in text
    assert "data-total>1,234<" in text


async def test_widget_has_a_link_to_the_petition_and_no_form(browser):
    text = await get_html(browser, "?lang=fr")
    assert '<a class="act" href="/petitions/convention?lang=fr" target="_blank"' in text
    assert "<form" not in text


@pytest.mark.parametrize(
    ("call", "words"),
    [("add", "Suma tu nombre"), ("sign", "Firmar la petición"), ("read", "Leer y firmar")],
)
async def test_button_text_can_be_chosen(browser, call, words):
    assert f">{words}</a>" in await get_html(browser, f"?call={call}&lang=es")


@pytest.mark.parametrize("widget", ["sign", "counter"])
class TestPetitionState:
    async def test_closed_petition_shows_its_number_and_closing_date(
        self, browser, campaign, widget
    ):
        change_petition(campaign, state="closed", closes_at="2026-11-20T18:00:00+00:00")
        text = await get_html(browser, widget=widget)
        assert "data-total>1,234<" in text
        assert "Closed on 20 November 2026, 6:00" in text
        assert 'class="act"' not in text

    async def test_upcoming_petition_shows_its_opening_date(self, browser, campaign, widget):
        change_petition(campaign, state="upcoming", opens_at="2026-12-01T00:00:00+00:00")
        text = await get_html(browser, widget=widget)
        assert ">1 December</b> <span>the petition opens</span>" in text
        assert "Opens on 1 December 2026, 12:00" in text
        assert "data-total" not in text
        assert 'class="act"' not in text

    async def test_upcoming_petition_without_a_date_opens_soon(self, browser, campaign, widget):
        change_petition(campaign, state="upcoming", opens_at=None)
        assert ">Soon</b>" in await get_html(browser, widget=widget)

    async def test_closed_petition_without_a_date_says_closed(self, browser, campaign, widget):
        change_petition(campaign, state="closed", closes_at=None)
        assert "This petition is closed" in await get_html(browser, widget=widget)


async def test_closed_petition_links_to_its_text(browser, campaign):
    change_petition(campaign, state="closed")
    text = await get_html(browser)
    assert 'href="/petitions/convention?lang=en"' in text
    assert ">Read the petition</a>" in text


async def test_campaign_text_is_escaped(browser, campaign):
    hostile = "</h1><script>alert(1)</script>"
    change_petition(campaign, title=hostile, summary=hostile)
    text = await get_html(browser)
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert") == 3


async def test_unknown_petition_is_a_404_page(browser):
    response = await browser.get("/w/sign/nothing?lang=es")
    assert response.status_code == 404
    assert "Aquí ya no hay nada" in response.text


async def test_invalid_button_text_is_explained(browser):
    response = await browser.get("/w/sign/convention?call=now")
    assert response.status_code == 400
    assert "The button text must be one of: add, sign, read." in response.text
