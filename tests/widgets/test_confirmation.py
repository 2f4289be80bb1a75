import pytest

SAME_ORIGIN = {"Origin": "http://widgets.example"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def submit(browser):
    async def post(token, headers=SAME_ORIGIN):
        return await browser.post(f"/confirm/{token}?lang=en", headers=FORM | headers)

    return post


async def test_opening_the_link_does_not_confirm(browser, campaign):
    response = await browser.get("/confirm/good?lang=es")
    assert "Sí, que cuente mi nombre" in response.text
    assert campaign.signature.state == "pending"


async def test_head_request_does_not_confirm(browser, campaign):
    await browser.head("/confirm/good")
    assert campaign.signature.state == "pending"


async def test_submitting_the_form_confirms(submit, campaign):
    response = await submit("good")
    assert (response.status_code, response.headers["location"]) == (303, "/confirm/good?lang=en")
    assert campaign.signature.state == "confirmed"


async def test_confirmed_link_says_thank_you(submit, browser):
    await submit("good")
    response = await browser.get("/confirm/good")
    assert "Your signature counts. Thank you!" in response.text
    assert "<form" not in response.text


async def test_counter_is_updated_after_confirmation(submit, browser, campaign):
    assert "data-total>1,234<" in (await browser.get("/w/counter/convention")).text
    campaign.clock.advance(30)
    await submit("good")
    assert "data-total>1,235<" in (await browser.get("/w/counter/convention")).text


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [("old", 410, "This link has expired"), ("nothing", 404, "This link is not valid")],
)
async def test_invalid_link_says_why(browser, submit, token, status, words):
    for response in (await browser.get(f"/confirm/{token}"), await submit(token)):
        assert response.status_code == status
        assert words in response.text


async def test_form_from_another_site_is_rejected(submit, campaign):
    for origin in ("null", "https://other.example"):
        assert (await submit("good", {"Origin": origin})).status_code == 403
    assert campaign.signature.state == "pending"


async def test_unreachable_campaign_is_explained_on_a_page(submit, browser, campaign):
    campaign.down = True
    for response in (await browser.get("/confirm/good"), await submit("good")):
        assert response.status_code == 503
        assert "The campaign cannot be reached right now" in response.text
