"""The kit for partners' tests responds as the campaign server does, to everything partners do."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenarios import SCENARIOS
from stages import KitStage, differences, real_stage, seeded

from imd_campaign.app import _make_document
from imd_campaign.email_addresses import validate
from imd_campaign.web.problems import PROBLEMS
from imd_campaign.webhooks.event_types import ALL_TYPES
from imd_locale.countries import COUNTRIES
from imd_sdk import _calls, _countries
from imd_sdk.models import WebhookType
from imd_sdk.testing._field_types import _email
from imd_sdk.testing._problems import TITLES
from imd_sdk.testing._routes import ROUTES


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return seeded(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_kit_and_the_server_respond_the_same(name, template, tmp_path):
    kit = KitStage()
    SCENARIOS[name](kit)
    with real_stage(template, tmp_path) as real:
        SCENARIOS[name](real)
    assert kit.seen, "a scenario without requests proves nothing"
    assert list(differences(kit.seen, real.seen)) == []


def unnamed(path):
    return re.sub("{[^}]*}", "{}", path)


def test_the_kit_has_every_route_of_the_server_that_the_sdk_calls():
    source = Path(_calls.__file__).read_text(encoding="utf-8")
    called = {unnamed(path) for path in re.findall(r'"(/(?:v1|healthz)[^"]*)"', source)}
    served = {
        (method.upper(), unnamed(path))
        for path, operations in _make_document()["paths"].items()
        for method in operations
        if unnamed(path) in called
    }
    assert {(route.method, unnamed(route.path)) for route in ROUTES} == served


def test_the_kit_has_no_route_that_the_server_names_otherwise():
    named = set(_make_document()["paths"])
    assert {route.path for route in ROUTES} - named == set()


def test_the_kit_uses_the_problem_titles_of_the_server():
    known = {problem.name: (problem.status, problem.title) for problem in PROBLEMS}
    assert {name: title for name, title in known.items() if name != "internal"} == TITLES


def test_every_route_of_the_kit_is_requested_in_a_scenario():
    requested = set()
    for play in SCENARIOS.values():
        stage = KitStage()
        play(stage)
        requested |= {(request.method, request.route) for request in stage.campaign.requests}
    assert {(route.method, route.path) for route in ROUTES} - requested == set()


def test_the_sdk_knows_the_countries_that_the_server_knows():
    assert _countries.COUNTRIES == COUNTRIES


NEARLY = r"[a-z.@ \-_é\"(+]{1,12}@[a-z\-._]{1,10}\.[a-z0-9\-]{1,4}"


def takes(check, text):
    try:
        check(text)
    except ValueError:
        return False
    return True


@given(st.one_of(st.emails(), st.from_regex(NEARLY, fullmatch=True)).map(str.strip))
def test_the_kit_accepts_the_email_addresses_that_the_server_accepts(text):
    assert takes(_email, text) == takes(validate, text)


def test_the_sdk_knows_the_types_of_webhooks():
    assert [kind.value for kind in WebhookType] == list(ALL_TYPES)
