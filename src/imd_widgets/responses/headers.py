from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from imd_widgets.assets import Inline

PUBLIC_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
)
"""For responses that any page may load and read."""
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "hid",
        "identity-credentials-get",
        "idle-detection",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "storage-access",
        "usb",
        "xr-spatial-tracking",
    )
)


@dataclass(frozen=True)
class RenderedPage:
    """A rendered document, and the styles and scripts that its policy allows."""

    html: str
    styles: tuple[Inline, ...] = ()
    scripts: tuple[Inline, ...] = ()


def make_file_policy(page: RenderedPage) -> str:
    """Return the Content-Security-Policy of a widget that is exported as a file."""
    connect = "'self'" if page.scripts else "'none'"
    return make_policy(page, images="'self'", connect=connect, forms="'none'", ancestors=None)


def make_policy(
    page: RenderedPage, *, images: str, connect: str, forms: str, ancestors: str | None
) -> str:
    directives = {
        "default-src": "'none'",
        "style-src": _join_hashes(page.styles),
        "script-src": _join_hashes(page.scripts),
        "img-src": images,
        "connect-src": connect,
        "frame-src": "'self'" if ancestors else "'none'",
        "base-uri": "'none'",
        "form-action": forms,
    }
    if ancestors:
        directives["frame-ancestors"] = ancestors
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _join_hashes(inlines: Iterable[Inline]) -> str:
    return " ".join(inline.csp_source for inline in inlines) or "'none'"


def make_common_headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "Permissions-Policy": PERMISSIONS,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }


def make_cache_control(max_age: int) -> str:
    if max_age == 0:
        return "no-cache"
    return (
        f"public, max-age={max_age}, s-maxage={max_age}, "
        "stale-while-revalidate=600, stale-if-error=86400"
    )
