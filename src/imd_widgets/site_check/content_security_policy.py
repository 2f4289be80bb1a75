"""Content Security Policy, as far as it decides on frames, scripts and images.

https://www.w3.org/TR/CSP3/#matching-urls
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult

FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "frame-src": ("frame-src", "child-src", "default-src"),
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "img-src": ("img-src", "default-src"),
}
PORTS = {"http": 80, "https": 443}
SECURE = {"http": {"http", "https"}, "https": {"https"}}

Policy = Mapping[str, tuple[str, ...]]


def parse_policies(header: str) -> list[Policy]:
    """Parse the policies of a header; there may be several, and all of them must agree."""
    return [policy for part in header.split(",") if (policy := _parse_policy(part))]


def _parse_policy(text: str) -> Policy:
    directives: dict[str, tuple[str, ...]] = {}
    for directive in text.split(";"):
        name, *sources = directive.split()[:1000] or [""]
        if name:
            directives.setdefault(name.lower(), tuple(sources))
    return directives


@dataclass(frozen=True)
class Visit:
    """Our URL, and the page that embeds it."""

    ours: SplitResult
    page: SplitResult


def are_allowed(policies: Iterable[Policy], kind: str, visit: Visit) -> bool:
    return all(_is_allowed(policy, kind, visit) for policy in policies)


def _is_allowed(policy: Policy, kind: str, visit: Visit) -> bool:
    deciding = next((name for name in FALLBACKS[kind] if name in policy), None)
    return deciding is None or any(_matches(source, visit) for source in policy[deciding])


def _matches(source: str, visit: Visit) -> bool:
    source = source.lower()
    if source == "'self'":
        return _get_origin(visit.page) == _get_origin(visit.ours)
    if source.startswith("'"):
        return False
    if source == "*":
        return visit.ours.scheme in {*PORTS, visit.page.scheme}
    if source.endswith(":"):
        return visit.ours.scheme in SECURE.get(source[:-1], {source[:-1]})
    return _host_matches(source, visit)


def _host_matches(source: str, visit: Visit) -> bool:
    scheme, apart, rest = source.rpartition("://")
    wanted = scheme if apart else visit.page.scheme
    host, _, path = rest.partition("/")
    name, _, port = host.partition(":")
    return (
        visit.ours.scheme in SECURE.get(wanted, {wanted})
        and _name_matches(name, visit.ours.hostname or "")
        and _port_matches(port, visit.ours)
        and not path
    )


def _name_matches(pattern: str, name: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern


def _port_matches(port: str, ours: SplitResult) -> bool:
    used = ours.port or PORTS.get(ours.scheme)
    if port == "*":
        return True
    return port == str(used) if port else used == PORTS.get(ours.scheme)


def _get_origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or PORTS.get(url.scheme)
