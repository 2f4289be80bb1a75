"""The three apps of docs/sdk/howto/forms.md, each driven by its own test client."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as DjangoClient
from django.urls import clear_url_caches
from django.utils.functional import empty
from fastapi.testclient import TestClient

import imd_sdk
from imd_sdk.testing import InMemoryCampaign, SlowResponse, TimedOut, TooManyRequests, Unavailable

PAGE = Path(__file__).parents[2] / "docs/sdk/howto/forms.md"
BLOCK = re.compile(r"^## (\w+)\n.*?^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
APPS = dict(BLOCK.findall(PAGE.read_text("utf-8")))
PERSON = {"name": "Sample Person", "email": "sample@example.org", "country": "KE"}
SIGN = "POST /v1/petitions/{slug}/signatures"


@dataclass
class Context:
    """An app of the page, its campaign, and how a browser and a timer reach it."""

    campaign: InMemoryCampaign
    get: Callable[[], Any]
    post: Callable[[dict[str, str]], Any]
    finish: Callable[[], object]

    def text(self, response: Any) -> str:
        content = getattr(response, "data", None) or response.content
        return content.decode()


def app_of(name: str) -> ModuleType:
    """The block as a module of its own."""
    module = ModuleType(f"howto_{name.lower()}")
    sys.modules[module.__name__] = module
    exec(compile(APPS[name], f"{PAGE.name}:{name}", "exec"), module.__dict__)  # noqa: S102 - the page's own block
    return module


def flask(campaign: InMemoryCampaign) -> Iterator[Context]:
    app = app_of("Flask").app
    browser = app.test_client()
    finish = app.test_cli_runner()
    yield Context(
        campaign,
        lambda: browser.get("/sign"),
        lambda form: browser.post("/sign", data=form),
        lambda: finish.invoke(args=["finish"], catch_exceptions=False),
    )


def django(campaign: InMemoryCampaign) -> Iterator[Context]:
    settings._wrapped = empty
    clear_url_caches()
    app = app_of("Django")
    browser = DjangoClient(enforce_csrf_checks=True)

    def post(form: dict[str, str]) -> Any:
        browser.get("/sign")
        token = browser.cookies["csrftoken"].value
        return browser.post("/sign", form | {"csrfmiddlewaretoken": token})

    yield Context(campaign, lambda: browser.get("/sign"), post, app.finish)


def fastapi(campaign: InMemoryCampaign) -> Iterator[Context]:
    app = app_of("FastAPI")
    with TestClient(app.app) as browser:
        yield Context(
            campaign,
            lambda: browser.get("/sign"),
            lambda form: browser.post("/sign", data=form),
            lambda: browser.portal.call(app.finish, app.app.state.imd),
        )


@pytest.fixture(params=[flask, django, fastapi], ids=lambda made: made.__name__)
def site(request, tmp_path, monkeypatch) -> Iterator[Context]:
    campaign = InMemoryCampaign()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(imd_sdk, "Client", lambda _, **terms: campaign.client(**terms))
    monkeypatch.setattr(imd_sdk, "AsyncClient", lambda _, **terms: campaign.async_client(**terms))
    yield from request.param(campaign)


def test_form_asks_for_no_consent(site):
    assert 'type="checkbox"' not in site.text(site.get())


def test_campaign_receives_the_form_unchanged(site):
    response = site.post(PERSON)
    [received] = site.campaign.requests
    assert response.status_code == 200
    assert received.json == PERSON | {"lang": "en", "source": "sample-partner"}


def test_receipt_is_shown(site):
    html = site.text(site.post(PERSON))
    assert "mail" in html
    assert "<form" not in html


def test_error_is_shown_beside_its_field(site):
    response = site.post(PERSON | {"country": "QQ"})
    html = site.text(response)
    assert response.status_code == 422
    assert html.count('aria-invalid="true"') == 1
    assert re.search(r'country(-error|_error)"[^>]*>(<li>)?\w', html)
    assert not site.campaign.signatures("convention")


def test_rejected_form_keeps_its_values(site):
    html = site.text(site.post(PERSON | {"country": "QQ"}))
    assert 'value="sample@example.org"' in html


def test_values_are_escaped(site):
    html = site.text(site.post(PERSON | {"name": '"><script>', "country": "QQ"}))
    assert "<script>" not in html


def test_closed_petition_shows_a_message(site):
    closes_at = site.campaign.clock.now() + timedelta(hours=1)
    site.campaign.add_petition("convention", closes_at=closes_at)
    site.campaign.clock.advance(hours=1)
    response = site.post(PERSON)
    assert response.status_code == 409
    assert "closed" in site.text(response)


@pytest.mark.parametrize("is_processed", [False, True])
def test_lost_response_is_retried_later_with_the_same_key(site, is_processed):
    site.campaign.fail_next(TimedOut(is_processed=is_processed), times=2, on=SIGN)
    assert site.post(PERSON).status_code == 202
    site.finish()
    keys = {received.headers["idempotency-key"] for received in site.campaign.requests}
    assert len(keys) == 1
    assert [signed.email for signed in site.campaign.signatures("convention")] == [PERSON["email"]]


@pytest.mark.parametrize("fault", [Unavailable(), TooManyRequests(retry_after=60)], ids=str)
def test_busy_campaign_loses_no_signature(site, fault):
    site.campaign.fail_next(fault, times=2, on=SIGN)
    assert site.post(PERSON).status_code == 202
    site.finish()
    site.finish()
    assert len(site.campaign.signatures("convention")) == 1


def test_delivered_signature_is_deleted_from_the_file(site):
    site.campaign.fail_next(TimedOut(), times=2, on=SIGN)
    site.post(PERSON)
    stored = Path("unsent.sqlite3")
    assert PERSON["email"].encode() in stored.read_bytes()
    site.finish()
    assert PERSON["email"].encode() not in stored.read_bytes()


def test_signer_waits_at_most_six_seconds(site):
    begun = site.campaign.clock.now()
    site.campaign.fail_next(SlowResponse(60), times=5, on=SIGN)
    assert site.post(PERSON).status_code == 202
    assert (site.campaign.clock.now() - begun).total_seconds() <= 6
