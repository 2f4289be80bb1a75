"""The fixture for pytest: ``pytest_plugins = ["imd_sdk.testing.plugin"]`` in your conftest.py.

It is not registered by itself, so that who installs the SDK pays nothing for it, in a test run or
elsewhere; this is the only module of the SDK that needs pytest.
"""

from __future__ import annotations

import pytest

from imd_sdk.testing.campaign import InMemoryCampaign

__all__ = ["imd_sdk_campaign"]


@pytest.fixture
def imd_sdk_campaign() -> InMemoryCampaign:
    """Give every test a campaign of its own."""
    return InMemoryCampaign()
