"""The table of limits in docs/running.md has the numbers of the code."""

import re
from pathlib import Path

import pytest

from imd_campaign.web import request_body
from imd_cli import server_runner
from imd_network.connection_guard import MAX_PIPELINED, ConnectionLimits
from imd_network.rejections import NETWORK_IS_FULL, SERVER_IS_FULL
from imd_network.request_guard import RequestLimits
from imd_widgets.pages import forms
from imd_widgets.petitions import large_screen
from imd_widgets.settings import Settings
from imd_widgets.site_check import checker, fetcher, routes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/running.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| Limit | Server |")[2].partition("\n\n")[0]
ROWS = {
    re.sub(r"\[(.*?)\]\(.*?\)", r"\1", row[1]): f"{row[2]} | {row[3]}"
    for row in re.finditer(r"^\| (.*?) \| (.*?) \| (.*?) \|", TABLE, re.MULTILINE)
}
CONNECTIONS, REQUESTS, SETTINGS = ConnectionLimits(), RequestLimits(), Settings()
KIBIBYTE = 1024
LIMITS = {
    "URL": [f"{REQUESTS.url_bytes // KIBIBYTE} KiB"],
    "headers": [f"{REQUESTS.header_bytes // KIBIBYTE} KiB, {REQUESTS.headers} headers"],
    "body": [
        f"{request_body.MAX_BODY_BYTES // KIBIBYTE} KiB",
        f"{forms.MAX_BODY_BYTES // KIBIBYTE} KiB",
    ],
    "time until a request line and headers have arrived": [f"{CONNECTIONS.head_seconds} s"],
    "time until the body has arrived": [f"{REQUESTS.body_seconds} s"],
    "time in which a client reads nothing": [f"{CONNECTIONS.send_seconds} s"],
    "idle time after a response": [f"{server_runner.KEEP_ALIVE_SECONDS} s"],
    "requests sent at once": [f"{MAX_PIPELINED}"],
    "connections": [f"{CONNECTIONS.connections}", f"after {SERVER_IS_FULL.retry_after} s"],
    "connections of a network": [
        f"{CONNECTIONS.connections_per_network}",
        f"after {NETWORK_IS_FULL.retry_after} s",
    ],
    "requests of a network at a time": [f"{REQUESTS.requests_per_network}"],
    "screens": [
        f"{SETTINGS.screens}, {SETTINGS.screens_per_network}",
        f"after {large_screen.RETRY_SECONDS} s",
    ],
    "page checks a minute": [
        f"{checker.MAX_CHECKS}, {checker.MAX_CHECKS_PER_NETWORK}",
        f"after {routes.RETRY_SECONDS} s",
    ],
    "page checks at a time": [f"{checker.MAX_AT_ONCE}, {checker.MAX_AT_ONCE_PER_NETWORK}"],
    "time of a page check": [f"{fetcher.SECONDS:.0f} s"],
    "time for open requests when a server stops": [f"{server_runner.GRACE_SECONDS} s"],
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_documented(name):
    pattern = re.compile(rf"{name}( of a response)?(,|$)")
    row = next(text for row, text in ROWS.items() if pattern.match(row))
    assert all(re.search(rf"(^|\D){re.escape(limit)}", row) for limit in LIMITS[name])


def test_limits_of_nginx_are_in_the_example():
    example = (ROOT / "examples/proxy/nginx.conf").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+ [^`]+)` \|$", TABLE, re.MULTILINE))
    assert len(named) > 5
    assert [directive for directive in sorted(named) if f"    {directive};" not in example] == []
