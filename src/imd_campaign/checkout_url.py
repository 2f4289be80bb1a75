"""The template of the URL at which the organisation takes payments itself."""

from string import Formatter
from urllib.parse import urlsplit

FIELDS = {"order", "amount", "currency", "signature"}
LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}


def check_checkout_url(template: str) -> str:
    try:
        named = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
        parts = urlsplit(template.format(**dict.fromkeys(FIELDS, "x")))
        host = parts.hostname
    except (ValueError, LookupError, AttributeError) as error:
        raise ValueError(_describe()) from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_HOSTS)
    if set(named) != FIELDS or not host or not is_safe:
        raise ValueError(_describe())
    return template


def _describe() -> str:
    names = ", ".join(f"{{{name}}}" for name in sorted(FIELDS))
    return f"must be a URL that begins with https:// and has these placeholders: {names}"
