"""Cookies: bound to this host and to HTTPS. Plain HTTP works on the loopback address only."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from imd_campaign.settings import Settings

DAY = 24 * 3600
DEVICE_SECONDS = 180 * DAY
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
PREFIX, LOCAL_PREFIX = "__Host-imd-staff", "imd-staff-local"


@dataclass(frozen=True, slots=True)
class Cookies:
    """The names of the cookies, and how they are set."""

    is_local: bool

    @property
    def session(self) -> str:
        return self._name("session")

    @property
    def form(self) -> str:
        """Stands in for the session in the forms of people who have not signed in."""
        return self._name("form")

    @property
    def device(self) -> str:
        """Marks a browser that has signed in before, for the limits on logins."""
        return self._name("device")

    def _name(self, purpose: str) -> str:
        return f"{LOCAL_PREFIX if self.is_local else PREFIX}-{purpose}"

    def put(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=not self.is_local,
            httponly=True,
            samesite="strict",
        )

    def drop(self, response: Response, name: str) -> None:
        self.put(response, name, "", seconds=0)

    def begin_session(self, response: Response, token: str, device: str | None = None) -> None:
        self.put(response, self.session, token)
        self.drop(response, self.form)
        if device:
            self.put(response, self.device, device, seconds=DEVICE_SECONDS)


def choose_cookies(settings: Settings, request: Request) -> Cookies | None:
    """Return None if cookies would travel unencrypted."""
    site = urlsplit(settings.site_url)
    if site.scheme == "https":
        return Cookies(is_local=False)
    hosts = (site.hostname, request.url.hostname, request.client.host if request.client else None)
    return Cookies(is_local=True) if all(map(_is_loopback, hosts)) else None


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def read_cookies(request: Request) -> Mapping[str, str]:
    """Return the cookies, without those that come twice: one of them is somebody else's."""
    pairs = [
        part.strip().partition("=")
        for header in request.headers.getlist("cookie")
        for part in header.split(";")
    ]
    names = [name for name, _, _ in pairs]
    return {name: value for name, _, value in pairs if names.count(name) == 1}
