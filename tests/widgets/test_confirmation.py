import pytest

OURS = {"Origin": "http://widgets.example"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def press(browser):
    async def post(token, headers=OURS):
        return await browser.post(f"/confirm/{token}?lang=en", headers=FORM | headers)

    return post


async def test_opening_the_link_does_not_confirm(browser, campaign):
    answer = await browser.get("/confirm/good?lang=es")
    assert "Sí, que cuente mi nombre" in answer.text
    assert campaign.links["good"] == "pending"


async def test_head_request_does_not_confirm(browser, campaign):
    await browser.head("/confirm/good")
    assert campaign.links["good"] == "pending"


async def test_submitting_the_form_confirms(press, campaign):
    answer = await press("good")
    assert (answer.status_code, answer.headers["location"]) == (303, "/confirm/good?lang=en")
    assert campaign.links["good"] == "confirmed"


async def test_confirmed_link_says_thank_you(press, browser):
    await press("good")
    answer = await browser.get("/confirm/good")
    assert "Your signature counts. Thank you!" in answer.text
    assert "<form" not in answer.text


async def test_counter_is_updated_after_confirmation(press, browser):
    assert "data-total>1,234<" in (await browser.get("/w/counter/convention")).text
    await press("good")
    assert "data-total>1,235<" in (await browser.get("/w/counter/convention")).text


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [("old", 410, "This link has expired"), ("nothing", 404, "This link is not valid")],
)
async def test_invalid_link_says_why(browser, press, token, status, words):
    for answer in (await browser.get(f"/confirm/{token}"), await press(token)):
        assert answer.status_code == status
        assert words in answer.text


async def test_form_from_another_site_is_rejected(press, campaign):
    for origin in ("null", "https://other.example"):
        assert (await press("good", {"Origin": origin})).status_code == 403
    assert campaign.links["good"] == "pending"


async def test_unreachable_campaign_is_explained_on_a_page(press, browser, campaign):
    campaign.down = True
    for answer in (await browser.get("/confirm/good"), await press("good")):
        assert answer.status_code == 503
        assert "The campaign cannot be reached right now" in answer.text
