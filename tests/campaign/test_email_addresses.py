import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.email_addresses import validate
from imd_campaign.mailboxes import BY_DOMAIN, canonicalise, has_tag

locals_ = st.text(string.ascii_letters + string.digits + ".+-_", min_size=1, max_size=30).filter(
    lambda text: not text.startswith(".") and not text.endswith(".") and ".." not in text
)
domains = st.sampled_from(
    [*BY_DOMAIN, "GoogleMail.com", "Outlook.com", "user.fastmail.com", "münchen.example"]
)
addresses = st.builds("{}@{}".format, locals_, domains)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sample.person@gmail.com", "SamplePerson@googlemail.com"),
        ("sample+imd@gmail.com", "sample@gmail.com"),
        ("sample+imd@outlook.com", "sample@outlook.com"),
        ("sample@me.com", "sample+imd@icloud.com"),
        ("sam.ple_per-son@proton.me", "sampleperson@proton.me"),
        ("sample-shop@yahoo.com", "sample-news@yahoo.com"),
        ("shop@sample.fastmail.com", "sample+news@fastmail.com"),
        ("sample.person@ya.ru", "sample-person@yandex.com"),
        ("sample+imd@example.org", "Sample@Example.org"),
        ("sample@bücher.example", "sample@xn--bcher-kva.example"),
    ],
)
def test_spellings_of_one_mailbox_have_one_canonical_form(one, other):
    assert canonicalise(one) == canonicalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sample.person@example.org", "sampleperson@example.org"),
        ("sample.person@outlook.com", "sampleperson@outlook.com"),
        ("sample@outlook.com", "sample@hotmail.com"),
        ("sample@yahoo.com", "sample@ymail.com"),
        ("sample@yahoo.com", "sample-shop@yahoo.com"),
        ("sample.person@yandex.com", "sampleperson@yandex.com"),
        ("sample@proton.me", "sample@pm.me"),
        ("sample-person@example.org", "sample@example.org"),
        ("sample@straße.example", "sample@strasse.example"),
        ("strauß@example.org", "strauss@example.org"),
        ("\ufb01ona@example.org", "fiona@example.org"),
        ("\u017fam@example.org", "sam@example.org"),
        ("shop@sample.example.org", "sample@example.org"),
    ],
)
def test_different_mailboxes_have_different_canonical_forms(one, other):
    assert canonicalise(one) != canonicalise(other)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("person+tag@example.org", True),
        ("person-tag@yahoo.com", True),
        ("tag@person.fastmail.com", True),
        ("person@me.com", True),
        ("person@icloud.com", False),
        ("person@googlemail.com", False),
        ("person-name@example.org", False),
        ("first.last@gmail.com", False),
        ("+person@example.org", False),
    ],
)
def test_tags_are_found(address, expected):
    assert has_tag(address) is expected


@pytest.mark.parametrize("name", ["+", "-", "...", "._-", "+tag"])
def test_name_is_never_empty(name):
    assert all(canonicalise(f"{name}@{domain}").rpartition("@")[0] for domain in BY_DOMAIN)


@given(addresses)
def test_canonical_form_is_stable(address):
    once = canonicalise(validate(address))
    assert canonicalise(once) == once


@given(addresses)
def test_case_does_not_change_the_canonical_form(address):
    assert canonicalise(validate(address.upper())) == canonicalise(validate(address))


@given(st.text(max_size=80))
def test_arbitrary_text_is_an_address_or_rejected(text):
    with suppress(ValueError):
        assert "@" in validate(text)
