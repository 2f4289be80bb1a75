import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.email_addresses import canonicalise, validate

locals_ = st.text(string.ascii_letters + string.digits + ".+-_", min_size=1, max_size=30).filter(
    lambda text: not text.startswith(".") and not text.endswith(".") and ".." not in text
)
domains = st.sampled_from(
    ["gmail.com", "GoogleMail.com", "proton.me", "Outlook.com", "example.org", "münchen.example"]
)
addresses = st.builds("{}@{}".format, locals_, domains)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sample.person@gmail.com", "SamplePerson@googlemail.com"),
        ("sample+imd@gmail.com", "sample@gmail.com"),
        ("sample+imd@proton.me", "Sample@Proton.me"),
        ("Sample@Example.org", "sample@example.org"),
    ],
)
def test_spellings_of_one_mailbox_have_one_canonical_form(one, other):
    assert canonicalise(one) == canonicalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sample.person@example.org", "sampleperson@example.org"),
        ("sample+imd@example.org", "sample@example.org"),
        ("sample@outlook.com", "sample@hotmail.com"),
        ("sam.ple@proton.me", "sample@proton.me"),
    ],
)
def test_different_mailboxes_have_different_canonical_forms(one, other):
    assert canonicalise(one) != canonicalise(other)


@given(addresses)
def test_canonical_form_is_stable(address):
    once = canonicalise(validate(address))
    assert canonicalise(once) == once


@given(addresses)
def test_case_does_not_change_the_canonical_form(address):
    assert canonicalise(validate(address.upper())) == canonicalise(validate(address))


@given(addresses, st.text(string.ascii_lowercase, min_size=1, max_size=5))
def test_canonical_form_keeps_the_domain(address, tag):
    local, _, domain = canonicalise(validate(address)).rpartition("@")
    assert local
    assert domain == "gmail.com" or domain == address.rpartition("@")[2].lower()


@given(st.text(max_size=80))
def test_arbitrary_text_is_an_address_or_rejected(text):
    with suppress(ValueError):
        assert "@" in validate(text)
