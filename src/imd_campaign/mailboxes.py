"""When two e-mail addresses are one mailbox, as far as providers say so.

Everything after a plus sign is a tag (RFC 5233), at every provider: people who share a mailbox name
and differ in what follows a plus are not known. What else is equal is listed here with its source.
Domains are equal only where every name works at the first of them at least. Otherwise a stranger
could enter a spelling that reaches nobody, and thereby keep e-mail from the owner of the mailbox.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import idna


@dataclass(frozen=True, slots=True)
class Provider:
    domains: Sequence[str]
    """Equal for every name, unless `has_equal_domains` is False; the first stands for all."""
    source: str
    replaced: Mapping[int, int | None] | None = None
    """Characters in a name that are equal to another one, or that make no difference (None)."""
    keyword_separator: str = ""
    """Follows the base name of disposable addresses, which is not the name of an account."""
    has_equal_domains: bool = True
    is_only_first_certain: bool = False
    """Whether a name may not exist at the other domains."""
    has_subdomains: bool = False
    """Whether anything@name.domain is name@domain."""

    def canonicalise(self, name: str, domain: str) -> tuple[str, str]:
        name = name.partition("+")[0] or name
        if self.keyword_separator:
            name = "".join(name.partition(self.keyword_separator)[:2])
        bare = name.translate(self.replaced or {})
        return bare or name, self.domains[0] if self.has_equal_domains else domain


OTHERS = Provider((), "https://www.rfc-editor.org/rfc/rfc5233", has_equal_domains=False)
PROVIDERS = (
    Provider(
        ("gmail.com", "googlemail.com"),
        "https://support.google.com/mail/answer/7436150",
        replaced=str.maketrans("", "", "."),
    ),
    Provider(
        # Every account has the first, and those of 2012 and earlier have one or both others.
        ("icloud.com", "me.com", "mac.com"),
        "https://support.apple.com/en-us/HT201771",
        is_only_first_certain=True,
    ),
    Provider(
        # An account has one of these, or more if it is old or paid.
        ("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
        "https://proton.me/support/addresses-and-aliases",
        replaced=str.maketrans("", "", "._-"),
        has_equal_domains=False,
    ),
    Provider(
        # A name has no hyphen. A base name is chosen freely: it is not the name of the account.
        ("yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com"),
        "https://help.yahoo.com/help/uk/bt/tutorials/mail/addressguard2.html",
        keyword_separator="-",
        has_equal_domains=False,
    ),
    Provider(
        ("fastmail.com", "fastmail.fm"),
        "https://fastmail.blog/2008/01/24/two-address-resolving-additions/",
        has_equal_domains=False,
        has_subdomains=True,
    ),
    Provider(
        ("yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru"),
        "https://yandex.com/support/id/authorization/email.html",
        replaced=str.maketrans("-", "."),
    ),
)
BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}


def normalise(address: str) -> str:
    """Return the same text for an address in small and capital letters, and with an IDN or not."""
    name, _, domain = address.rpartition("@")
    return f"{unicodedata.normalize('NFC', name).lower()}@{_to_ascii(domain)}"


def canonicalise(address: str) -> str:
    """Return the same text for every spelling of a mailbox."""
    name, _, domain = normalise(address).rpartition("@")
    name, domain = _join_subdomain(name, domain)
    provider = BY_DOMAIN.get(domain, OTHERS)
    name, domain = provider.canonicalise(name, domain)
    return f"{name}@{domain}"


def has_tag(address: str) -> bool:
    """Return whether an address has a tag: not every mail server delivers to it.

    A domain that only some of a provider's accounts have counts as a tag.
    """
    name, _, domain = normalise(address).rpartition("@")
    _, parent = _join_subdomain(name, domain)
    provider = BY_DOMAIN.get(parent, OTHERS)
    if parent != domain or (provider.is_only_first_certain and domain != provider.domains[0]):
        return True
    separators = {"+", provider.keyword_separator} - {""}
    return any(name.partition(separator)[0] not in {"", name} for separator in separators)


def _to_ascii(domain: str) -> str:
    """Write a domain as the DNS has it, so that both spellings of an IDN are equal (RFC 5891)."""
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except idna.IDNAError:
        return domain.lower()


def _join_subdomain(name: str, domain: str) -> tuple[str, str]:
    user, _, parent = domain.partition(".")
    provider = BY_DOMAIN.get(parent)
    return (user, parent) if provider and provider.has_subdomains else (name, domain)
