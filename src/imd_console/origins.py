"""Whether a form was sent from our own pages (Sec-Fetch-Site, Origin)."""

from urllib.parse import urlsplit

from starlette.requests import Request

DEFAULT_PORTS = {"http": 80, "https": 443}
OPAQUE = "null"
"""What browsers send as the origin of a page with the policy `no-referrer`."""


def is_from_our_site(request: Request, site_url: str) -> bool:
    """Return False if a header says that the form is from elsewhere.

    Old browsers send neither; then the token in the form and the cookies' SameSite decide.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None or origin == OPAQUE:
        return True
    host = request.url.netloc
    # Behind a proxy with TLS, the request itself arrives over plain HTTP.
    own = {
        _serialise(url) for url in (site_url, f"{request.url.scheme}://{host}", f"https://{host}")
    }
    return _serialise(origin) in own


def _serialise(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port
