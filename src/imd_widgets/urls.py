from urllib.parse import urlsplit

import httpx


def keep_web_url(text: str | None) -> str:
    """The address, when it is one of the web; else nothing."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return ""
    return text or "" if parts.scheme in {"http", "https"} and parts.netloc else ""


def serialise_origin(address: str) -> str:
    """As browsers write it: https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin"""
    url = httpx.URL(address)
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
