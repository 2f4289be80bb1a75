from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.site_check.content_security_policy import Visit, are_allowed, parse_policies

VISIT = Visit(urlsplit("https://widgets.example"), urlsplit("https://ally.example/page"))


def lets_in(header: str, kind: str = "frame-src", visit: Visit = VISIT) -> bool:
    return are_allowed(parse_policies(header), kind, visit)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "frame-src *",
        "frame-src https:",
        "frame-src http:",
        "frame-src https://widgets.example",
        "frame-src HTTPS://WIDGETS.EXAMPLE",
        "frame-src widgets.example",
        "frame-src *.example",
        "frame-src widgets.example:443",
        "frame-src widgets.example:*",
        "frame-src http://widgets.example:*",
        "default-src 'none'; frame-src https://widgets.example",
        "child-src https://widgets.example",
        "script-src 'none'",
    ],
)
def test_policies_that_allow_frames(header):
    assert lets_in(header)


@pytest.mark.parametrize(
    "header",
    [
        "frame-src 'none'",
        "frame-src 'self'",
        "frame-src",
        "default-src 'self'",
        "child-src 'none'",
        "frame-src https://other.example",
        "frame-src *.widgets.example",
        "frame-src widgets.example:8443",
        "frame-src widgets.example:²",
        "frame-src widgets.example:" + "4" * 5_000,
        "frame-src wss:",
        "frame-src 'none'; frame-src *",
        "frame-src *, default-src 'none'",
        "default-src *; child-src 'none'",
    ],
)
def test_policies_that_block_frames(header):
    assert not lets_in(header)


def test_self_is_the_pages_own_site():
    own = Visit(urlsplit("https://ally.example"), urlsplit("https://ally.example/page"))
    assert lets_in("frame-src 'self'", visit=own)


def test_scripts_have_a_directive_of_their_own():
    assert not lets_in("script-src 'self'; frame-src *", "script-src")


@given(st.text())
def test_any_header_is_read(header):
    assert lets_in(header) in {True, False}
