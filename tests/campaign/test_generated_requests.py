"""Requests that schemathesis generates from the OpenAPI document get the responses it documents.

Valid requests are accepted and invalid ones rejected, with the documented status, media type,
headers and schema. `make fuzz` sends all that schemathesis can think of.
"""

from collections.abc import Iterator

import pytest
from generated_requests import SampleServer, list_failures, register_formats
from hypothesis import settings
from schemathesis.python import asgi

from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings

pytestmark = pytest.mark.hypothesis

IS_THOROUGH = settings.get_current_profile_name() == "fuzz"
EXAMPLES = 200 if IS_THOROUGH else 2
# Every kind of parameter and body that there is; the other operations differ in their names only.
VARIED = "^/v1/(petitions|confirmation-codes|bounces|posters/{slug}/|hosted-events/{token}$)"
PROTECTED = "^/v1/(moderation/orders|petitions/{slug}/signatures|bounces|challenges)"
# What a link leads to is asked for as documented; the other phases also send invalid requests.
PHASES = {"examples": "all", "coverage": "all", "fuzzing": "all", "stateful": "positive"}
UNKNOWN_KEY = {"Authorization": "Bearer imd_unknown"}


def make_config(*phases: str, **checks: bool) -> dict:
    return {
        "seed": 18121990,
        "continue-on-failure": True,
        "generation": {
            "deterministic": not IS_THOROUGH,
            "database": "none",
            "max-examples": EXAMPLES,
        },
        "phases": {
            name: {"enabled": name in phases, "generation": {"mode": mode}}
            for name, mode in PHASES.items()
        },
        "checks": {
            # What is asked for may be over by now: 404, 409 and 410 do not judge the request.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "410"]
            },
            **{name: {"enabled": is_enabled} for name, is_enabled in checks.items()},
        },
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleServer]:
    folder = tmp_path_factory.mktemp("sample")
    register_formats()
    yield SampleServer(
        Settings(
            secret="a secret for tests, and for tests only",
            public_key=new_key_pair()[0],
            database_url=f"sqlite:///{folder / 'campaign.sqlite3'}",
            site_url="https://campaign.example",
            files_dir=folder / "files",
            mail=f"folder:{folder / 'mail'}",
            mail_delivery=False,
        )
    )
    asgi.shutdown_lifespans()


def test_responses_are_as_documented_for_a_key_with_every_scope(server):
    statuses, failures = list_failures(
        server, server.admin, make_config("examples", "fuzzing", "stateful")
    )
    assert not failures, "\n\n".join(failures)
    assert {200, 201, 202, 204, 400, 404, 409} <= statuses.keys()


def test_boundaries_of_every_kind_of_input_are_as_documented(server):
    statuses, failures = list_failures(
        server, server.admin, make_config("coverage"), "" if IS_THOROUGH else VARIED
    )
    assert not failures, "\n\n".join(failures)
    assert {405, 415, 422} <= statuses.keys()


def test_responses_are_as_documented_without_a_key(server):
    statuses, failures = list_failures(server, {}, make_config("examples", "coverage"), PROTECTED)
    assert not failures, "\n\n".join(failures)
    assert statuses[401] > 50


def test_unknown_key_is_rejected_by_every_operation(server):
    statuses, failures = list_failures(server, UNKNOWN_KEY, make_config("examples"))
    assert not failures, "\n\n".join(failures)
    assert statuses.keys() == {401}
