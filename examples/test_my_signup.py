"""Test code that signs petitions, without a server and without a network.

pytest -p imd_sdk.testing.plugin examples/test_my_signup.py
"""

from uuid import uuid4

import pytest

from imd_sdk import Client, OutcomeUnknown
from imd_sdk.testing import InMemoryCampaign, TimedOut

KEY = uuid4().hex  # stored with the form before it is sent


def sign_up(imd: Client, key: str, email: str) -> None:
    """The code under test: the key makes a repetition harmless."""
    imd.petitions.sign(
        "convention", name="Sample Person", email=email, country="KE", idempotency_key=key
    )


def test_signature_reaches_the_campaign(imd_sdk_campaign: InMemoryCampaign) -> None:
    sign_up(imd_sdk_campaign.client(), KEY, "sample@example.org")
    [signature] = imd_sdk_campaign.signatures("convention")
    assert signature.email == "sample@example.org"


def test_repeated_signature_counts_once(imd_sdk_campaign: InMemoryCampaign) -> None:
    imd = imd_sdk_campaign.client(max_retries=0)
    imd_sdk_campaign.fail_next(TimedOut(is_processed=True))
    with pytest.raises(OutcomeUnknown):
        sign_up(imd, KEY, "sample@example.org")
    sign_up(imd, KEY, "sample@example.org")
    assert len(imd_sdk_campaign.signatures("convention")) == 1
