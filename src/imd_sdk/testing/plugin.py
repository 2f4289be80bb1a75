"""The fixture for pytest: ``pytest_plugins = ["imd_sdk.testing.plugin"]`` in your conftest.py.

The SDK does not register it automatically, so that other test runs do not load it. This is the
only module of the SDK that needs pytest.
"""

from __future__ import annotations

import pytest

from imd_sdk.testing.campaign import InMemoryCampaign

__all__ = ["imd_sdk_campaign"]


@pytest.fixture
def imd_sdk_campaign() -> InMemoryCampaign:
    """Provide a new campaign for each test."""
    return InMemoryCampaign()
