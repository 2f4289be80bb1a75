"""The script of a form solves a proof of work while a person fills it in; the form needs none."""

import altcha
import pytest
from sample_campaign import SIGN

from imd_sdk.testing import Rejected

pytestmark = pytest.mark.browser

SECRET, KEY_SECRET = "a secret of the campaign", "another one"


def require_proofs(campaign, *, cost: int = 10, counter: int = 5) -> None:
    """Let the campaign offer a challenge, as on a busy network."""
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256", cost, counter=counter, hmac_secret=SECRET, hmac_key_secret=KEY_SECRET
    )
    campaign.change_responses(lambda _: {"challenge": challenge.to_dict()}, on="GET /v1/challenges")


def is_valid(proof: str) -> bool:
    result = altcha.verify_solution(proof, SECRET, hmac_key_secret=KEY_SECRET)
    return result.verified


def fill_in(page, address: str) -> None:
    page.goto(f"{address}/petitions/convention")
    page.locator("input[name=name]").fill("Sample Person")
    page.locator("input[name=email]").fill("sample@example.org")
    page.locator("select[name=country]").select_option("KE")


def send(page) -> None:
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/thanks**")


def test_browser_solves_the_challenge_of_a_busy_network(page, server_url, campaign):
    require_proofs(campaign)
    fill_in(page, server_url)
    page.wait_for_function("document.querySelector('[name=proof]').value")
    send(page)
    assert is_valid(campaign.received[-1]["proof"])


def test_proof_is_kept_when_the_form_has_to_be_corrected(module_page, server_url, campaign):
    require_proofs(campaign)
    campaign.fail_next(Rejected("invalid-body", ("email",)), on=SIGN)
    fill_in(module_page, server_url)
    module_page.wait_for_function("document.querySelector('[name=proof]').value")
    module_page.locator("main form button[type=submit]").click()
    module_page.wait_for_selector("#email-wrong")
    send(module_page)
    first, second = (request["proof"] for request in campaign.received)
    assert first == second


def test_form_is_sent_without_waiting_for_the_proof(page, server_url, campaign):
    require_proofs(campaign, cost=100_000, counter=100_000)
    fill_in(page, server_url)
    send(page)
    assert "proof" not in campaign.received[-1]


def test_nothing_is_computed_while_the_network_is_quiet(page, server_url, campaign):
    page.add_init_script(
        "if (self.SubtleCrypto) SubtleCrypto.prototype.deriveBits = () => { throw Error(); };"
    )
    with page.expect_response("**/challenge") as response:
        fill_in(page, server_url)
    assert response.value.json() == {"challenge": None}
    send(page)
    assert "proof" not in campaign.received[-1]


def test_nothing_is_requested_before_the_form_is_used(page, server_url, campaign):
    page.goto(f"{server_url}/petitions/convention")
    page.wait_for_load_state("networkidle")
    assert "GET /v1/challenges" not in campaign.calls


@pytest.mark.parametrize(
    "missing",
    [
        "delete self.crypto.__proto__.subtle",
        "Object.defineProperty(self, 'crypto', { value: undefined })",
    ],
)
def test_form_works_without_webcrypto(page, server_url, campaign, missing):
    require_proofs(campaign)
    page.add_init_script(missing)
    fill_in(page, server_url)
    send(page)
    assert "proof" not in campaign.received[-1]


def test_form_works_without_javascript(no_js_page, server_url, campaign):
    require_proofs(campaign)
    fill_in(no_js_page, server_url)
    send(no_js_page)
    assert "proof" not in campaign.received[-1]
