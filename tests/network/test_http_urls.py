"""What a URL leads to, before anything is looked up or connected to."""

import pytest

from imd_network.http_urls import HttpTarget, InvalidUrl, NotAscii, parse_http_url


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://Sample.Example./a?b=1#c", HttpTarget(True, "sample.example", 443, "/a?b=1")),
        ("http://sample.example", HttpTarget(False, "sample.example", 80, "/")),
        ("https://[2001:DB8::1]:8443/", HttpTarget(True, "2001:db8::1", 8443, "/")),
    ],
)
def test_url_leads_to_a_normalised_host(url, target):
    assert parse_http_url(url) == target


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://sample.example:443/", "sample.example"),
        ("http://sample.example/", "sample.example:80"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
    ],
)
def test_host_header_names_the_port_unless_it_is_that_of_https(url, header):
    assert parse_http_url(url).host_header == header


@pytest.mark.parametrize(
    "url",
    [
        "ftp://sample.example/",
        "sample.example",
        "https://user@sample.example/",
        "https://@sample.example/",
        "https://sample.example:0/",
        "https://sample.example:65536/",
        "https://sample.example:x/",
        "https://[::1/",
        "https://0x7f.1/",
        "https:///a",
    ],
)
def test_other_url_is_invalid(url):
    with pytest.raises(InvalidUrl):
        parse_http_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "https://sample.example/a b", "https://münchen.example/", "https://sample.example/\r\n"],
)
def test_url_of_other_characters_is_invalid(url):
    with pytest.raises(NotAscii):
        parse_http_url(url)
