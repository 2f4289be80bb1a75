import logging

import pytest

from imd_sdk.testing import Rejected, TooManyRequests

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL}
PERSON = {"name": "Sample Person", "email": "sample.person@example.org", "country": "KE"}
UNKNOWN = "There is no open request with this e-mail address and code."
FIND = "POST /v1/confirmation-codes"

pytestmark = pytest.mark.anyio


@pytest.fixture
def submit(browser):
    async def post(email=PERSON["email"], code="7KQ4-M2XP", headers=SAME_ORIGIN):
        values = {"email": email, "code": code}
        return await browser.post("/confirm?lang=en", data=values, headers=headers)

    return post


@pytest.fixture
def email(campaign):
    """The e-mail that asks for confirmation."""
    campaign.client().petitions.sign("convention", **PERSON)
    return campaign.mail[0]


async def test_code_leads_to_the_page_of_the_link(submit, email):
    response = await submit(code=email.code)
    assert response.status_code == 303
    assert response.headers["location"] == f"/confirm/{email.token}?lang=en"


async def test_code_may_be_typed_in_lower_case_and_with_spaces(submit, email):
    code = f" {email.code[:4].lower()} {email.code[5:].lower()} "
    assert (await submit(code=code)).status_code == 303


async def test_code_field_helps_to_type_a_code(browser):
    text = (await browser.get("/confirm")).text
    field = text.partition('<input id="code"')[2].partition(">")[0]
    for attribute in ("off", "characters", "false", "ltr"):
        assert f'="{attribute}"' in field
    assert 'id="code-hint">Eight letters and numbers, such as 7KQ4-M2XP<' in text


async def test_thanks_page_links_to_the_form(browser):
    text = (await browser.get("/petitions/convention/thanks?lang=fr")).text
    assert 'href="/confirm?lang=fr"' in text


async def test_unknown_pair_is_one_error_and_keeps_what_was_typed(submit, email):
    for response in (await submit(), await submit("other@example.org", email.code)):
        assert response.status_code == 422
        assert response.text.count(UNKNOWN) == 1
        assert 'id="email-wrong"' not in response.text
    assert f'value="{email.code}"' in response.text
    assert 'value="other@example.org"' in response.text


async def test_used_code_is_unknown(submit, campaign, email):
    campaign.client().confirmations.confirm(email.token)
    assert UNKNOWN in (await submit(code=email.code)).text


@pytest.mark.parametrize(
    ("values", "field"), [({"code": "7KQ4"}, "code"), ({"email": "nothing"}, "email")]
)
async def test_invalid_value_is_shown_at_its_field(submit, values, field):
    response = await submit(**values)
    assert response.status_code == 422
    assert f'id="{field}-wrong"' in response.text
    assert f'<a href="#{field}">' in response.text


async def test_too_many_attempts_are_explained(submit, campaign):
    campaign.fail_next(TooManyRequests(retry_after=1800), on=FIND)
    response = await submit()
    assert response.status_code == 429
    assert "Try again in an hour, or open the link in the e-mail." in response.text


async def test_form_values_are_kept_while_the_campaign_is_down(submit, campaign):
    campaign.down = True
    response = await submit()
    assert response.status_code == 503
    assert "Your code could not be checked." in response.text
    assert f'value="{PERSON["email"]}"' in response.text


async def test_form_of_another_site_is_rejected(submit, campaign):
    assert (await submit(headers={"Origin": "https://other.example"})).status_code == 403
    assert campaign.requests == []


async def test_addresses_and_codes_are_not_logged(submit, campaign, caplog):
    caplog.set_level(logging.DEBUG)
    campaign.fail_next(Rejected("unavailable"), on=FIND)
    await submit()
    assert PERSON["email"] not in caplog.text
    assert "7KQ4" not in caplog.text
