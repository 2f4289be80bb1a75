from datetime import UTC, datetime, timedelta

import pytest

import imd_sdk
from imd_cli.main import main
from imd_sdk.testing import InMemoryCampaign

URL = "https://campaign.example"


@pytest.fixture
def campaign():
    return InMemoryCampaign(now=datetime(2026, 12, 1, tzinfo=UTC))


@pytest.fixture
def scopes():
    """The scopes of the key of `run`."""
    return ("signatures:read",)


@pytest.fixture
def run(campaign, monkeypatch, capsys, scopes):
    """Run a command against the campaign in memory: its exit status, stdout and stderr."""
    key = campaign.key(*scopes)
    monkeypatch.setattr(imd_sdk, "Client", lambda url: campaign.client(api_key=key))

    def run(*arguments):
        try:
            status = main([*arguments, "--url", URL])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def event(campaign):
    return campaign.add_event(title="Sample vigil", starts_at=_soon(campaign), capacity=3)


def _soon(campaign):
    return (campaign.clock.now() + timedelta(days=3)).isoformat(timespec="seconds")
