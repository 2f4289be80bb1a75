from urllib.parse import urlsplit

import httpx


def keep_web_url(text: str | None) -> str:
    """Return the URL if it is an http or https URL; otherwise an empty string."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return ""
    return text or "" if parts.scheme in {"http", "https"} and parts.netloc else ""


def serialise_origin(address: str) -> str:
    """Serialise a URL's origin as browsers do (HTML, ASCII serialisation of an origin)."""
    url = httpx.URL(address)
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def parse_widget_key(path: str) -> str:
    """Return the key in a path: `counter` of `/w/counter/…`, `events` of `/events.ics`."""
    return path.removeprefix("/w/").lstrip("/").partition("/")[0].partition(".")[0]
