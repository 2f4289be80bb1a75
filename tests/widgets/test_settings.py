import pytest
from pydantic import ValidationError

from imd_widgets.settings import Settings


@pytest.mark.parametrize(
    "address", ["https://imd.example", "http://[::1]:1219/", "https://xn--d1abbgf6aiiy.example"]
)
def test_origin_is_a_public_url(address):
    assert Settings(public_url=address).public_url == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    ["imd.example", "https://ngo.example/day", "https://ngo.example/?a", "ftp://x", "https://"],
)
def test_error_for_an_invalid_public_url_says_what_is_valid(address):
    with pytest.raises(ValidationError, match="https:// and a host name without a path"):
        Settings(public_url=address)


def test_parts_after_signing_are_listed_once_without_spaces():
    assert Settings(after_signing=" donate, share,donate").after_signing == "donate,share"


def test_page_after_signing_may_have_no_parts():
    assert Settings(after_signing="").after_signing == ""


def test_error_for_an_unknown_part_after_signing_lists_the_parts():
    with pytest.raises(ValidationError, match="any of share, events, posters, donate"):
        Settings(after_signing="share,petition")
