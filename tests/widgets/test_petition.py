import logging

import pytest
from sample_campaign import SIGN

from imd_sdk.testing import Rejected, Unavailable
from imd_widgets.languages import read_languages
from imd_widgets.pages.countries import list_countries

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL}
FILLED = {"name": "Sample Person", "email": "sample@example.org", "country": "KE"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def sign(browser):
    async def post(values=FILLED, headers=SAME_ORIGIN, lang="en", slug="convention"):
        return await browser.post(f"/petitions/{slug}?lang={lang}", data=values, headers=headers)

    return post


async def test_page_has_the_text_and_the_form(browser):
    text = (await browser.get("/petitions/convention")).text
    assert "<p>Second paragraph.</p>" in text
    assert 'name="email"' in text
    assert "data-total>1,234<" in text


async def test_countries_are_in_the_language_of_the_page(browser):
    text = (await browser.get("/petitions/convention?lang=es")).text
    assert '<option value="DE">Alemania</option>' in text
    assert '<option value="EU"' not in text


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("fa", ["بنین", "پاکستان", "تونس", "گینه", "لبنان", "ونزوئلا", "هند", "یمن"]),
        ("ur", ["تونس", "ٹوگو", "جاپان", "چین", "ڈنمارک", "روس", "گنی", "لبنان"]),
        ("hi", ["कनाडा", "कुवैत", "कोस्टारिका", "क्यूबा", "गिनी"]),
        ("vi", ["Cuba", "Dominica", "Đan Mạch", "Đức", "Ghana"]),
        ("fr", ["Danemark", "Égypte", "Espagne", "États-Unis", "Fidji"]),
    ],
)
def test_countries_are_sorted_by_the_alphabet_of_the_language(tag, names):
    listed = [name for _, name in list_countries(read_languages()[tag])]
    assert [name for name in listed if name in names] == names


async def test_signature_reaches_the_campaign_unchanged(sign, campaign):
    await sign(lang="fr")
    assert campaign.received == [FILLED | {"lang": "fr"}]


async def test_form_says_that_consent_is_asked_later(browser):
    text = (await browser.get("/petitions/convention")).text
    assert "When you confirm, you choose whether your name is shown" in text
    assert 'name="public"' not in text


async def test_consent_is_not_taken_from_the_form(sign, campaign):
    await sign(FILLED | {"public": "yes", "updates": "yes"})
    assert not {"public", "updates"} & set(campaign.received[0])


async def test_signing_redirects_to_the_thanks_page(sign):
    response = await sign(lang="ar")
    assert response.status_code == 303
    assert response.headers["location"] == "/petitions/convention/thanks?lang=ar"


async def test_thanks_page_explains_the_confirmation_email(browser):
    text = (await browser.get("/petitions/convention/thanks?lang=es")).text
    assert "Te hemos enviado un correo." in text


async def test_errors_are_shown_at_their_fields_in_the_page_language(sign, campaign):
    campaign.fail_next(Rejected("invalid-body", ("email", "country")), on=SIGN)
    response = await sign(lang="fr")
    assert response.status_code == 422
    assert 'id="email-wrong">Écrivez une adresse électronique complète' in response.text
    assert '<a href="#country">Choisissez un pays dans la liste.</a>' in response.text
    assert 'aria-describedby="email-hint email-wrong" aria-invalid="true"' in response.text
    assert 'id="name-wrong"' not in response.text


async def test_error_summary_gets_the_focus(sign, campaign):
    campaign.fail_next(Rejected("invalid-body", ("email",)), on=SIGN)
    assert 'id="errors" role="alert" tabindex="-1" autofocus' in (await sign()).text


async def test_form_values_are_kept_after_an_error(sign, campaign):
    campaign.fail_next(Rejected("invalid-body", ("email",)), on=SIGN)
    text = (await sign(FILLED | {"name": 'A "quoted" name'})).text
    assert 'value="A &#34;quoted&#34; name"' in text
    assert '<option value="KE" selected>' in text


async def test_empty_form_is_validated_by_the_campaign(sign, campaign):
    assert (await sign({"name": ""})).status_code == 422
    assert campaign.received[0]["name"] == ""


async def test_error_at_an_unknown_field_is_shown(sign, campaign):
    campaign.fail_next(Rejected("invalid-body", ("lang",)), on=SIGN)
    assert "This could not be accepted." in (await sign()).text


@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (409, "petition-closed", "This petition is closed"),
        (409, "campaign-closed", "This petition is closed"),
        (429, "rate-limited", "Please try again in a minute."),
        (503, "unavailable", "What you entered is not lost"),
    ],
)
async def test_other_errors_are_explained(sign, campaign, status, name, words):
    campaign.fail_next(Rejected(name), on=SIGN)
    response = await sign()
    assert response.status_code == status
    assert words in response.text


async def test_form_values_are_kept_while_the_campaign_is_down(sign, browser, campaign):
    await browser.get("/petitions/convention")
    campaign.down = True
    response = await sign()
    assert response.status_code == 503
    assert 'value="sample@example.org"' in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "https://other.example"},
        {"Origin": "http://widgets.example.other.example"},
        {"Origin": "http://widgets.example:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {},
    ],
)
async def test_form_of_another_site_is_rejected(sign, campaign, headers):
    response = await sign(headers=headers)
    assert response.status_code == 403
    assert "This form was sent from another site" in response.text
    assert campaign.received == []


async def test_sec_fetch_site_is_accepted_without_an_origin(sign):
    assert (await sign(headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_body_that_is_not_a_form_is_rejected(browser, campaign):
    response = await browser.post("/petitions/convention", json=FILLED, headers=SAME_ORIGIN)
    assert response.status_code == 415
    assert campaign.received == []


async def test_form_that_is_too_long_is_rejected(sign, campaign):
    assert (await sign(FILLED | {"name": "x" * 20000})).status_code == 413
    assert campaign.received == []


async def test_form_with_too_many_fields_is_rejected(sign):
    assert (await sign({f"f{n}": "1" for n in range(100)})).status_code == 400


async def test_form_that_is_not_utf_8_is_rejected(browser):
    headers = SAME_ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    response = await browser.post(
        "/petitions/convention", content=b"name=\xff\xfe", headers=headers
    )
    assert response.status_code == 400


async def test_unknown_petition_is_a_404_page(browser):
    response = await browser.get("/petitions/nothing?lang=es")
    assert response.status_code == 404
    assert "Aquí no hay nada" in response.text


@pytest.mark.parametrize(
    ("state", "words"),
    [("upcoming", "This petition is not open yet"), ("closed", "This petition is closed")],
)
async def test_upcoming_or_closed_petition_has_no_form(browser, campaign, state, words):
    campaign.petition["state"] = state
    text = (await browser.get("/petitions/convention")).text
    assert words in text
    assert "<form" not in text


async def test_signers_are_not_logged(sign, campaign, caplog):
    caplog.set_level(logging.DEBUG)
    campaign.fail_next(Unavailable(), on=SIGN)
    await sign()
    assert "sample@example.org" not in caplog.text
    assert "Sample Person" not in caplog.text


async def test_unsupported_method_returns_405(browser):
    response = await browser.put("/petitions/convention")
    assert response.status_code == 405
    assert "allow" in response.headers


async def test_thanks_accept_no_form(browser):
    response = await browser.post("/petitions/convention/thanks", headers=SAME_ORIGIN)
    assert response.status_code == 405
