import pytest
from pydantic import ValidationError

from imd_widgets.settings import Settings


@pytest.mark.parametrize(
    "address", ["https://imd.example", "http://[::1]:1219/", "https://xn--d1abbgf6aiiy.example"]
)
def test_a_name_with_or_without_a_port_is_a_public_address(address):
    assert Settings(public_url=address).public_url == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    ["imd.example", "https://ngo.example/day", "https://ngo.example/?a", "ftp://x", "https://"],
)
def test_a_folder_of_a_site_is_none_and_the_error_says_what_is(address):
    with pytest.raises(ValidationError, match=r"https:// and a name, such as https://imd\.example"):
        Settings(public_url=address)
