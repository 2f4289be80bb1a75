"""The test kit takes the same addresses for one mailbox as the campaign server."""

from itertools import combinations

from imd_campaign.mailboxes import canonicalise
from imd_sdk.testing._state import mailbox

ADDRESSES = (
    "sample@example.org",
    "Sample@Example.org",
    "sample+tag@example.org",
    "+sample@example.org",
    "sam.ple@example.org",
    "sample@gmail.com",
    "sam.ple+tag@googlemail.com",
    "sample-tag@example.org",
)


def test_test_kit_knows_a_mailbox_as_the_server_does() -> None:
    differing = [
        pair
        for pair in combinations(ADDRESSES, 2)
        if len(set(map(mailbox, pair))) != len(set(map(canonicalise, pair)))
    ]
    assert differing == []
