"""examples/proxy/nginx.conf, in a real nginx in front of a real server."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import trustme
from starlette.routing import Route

from imd_campaign.app import create_app as create_campaign
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings as CampaignSettings
from imd_cli.main import main
from imd_console.app import create_app as create_console
from imd_widgets.app import create_app as create_widgets
from imd_widgets.settings import Settings as WidgetSettings

EXAMPLE = (Path(__file__).parents[2] / "examples/proxy/nginx.conf").read_text(encoding="utf-8")
COUNTER, EVENTS = "/w/counter/convention", "/v1/events"
FORM = {"name": "Sample Person", "email": "sample.proxy@example.org", "country": "KE"}
SPOOFED = {"X-Forwarded-For": "203.0.113.9"}
SECRET = "SampleTokenThatNobodyMaySee"
MAIN = """
daemon off;
pid nginx.pid;
error_log main.log;
{user}
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include imd.conf;
}}
"""


@dataclass
class Proxy:
    folder: Path
    plain: str
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def cache_states(self, path: str, times: int = 2, **headers: str) -> list[str]:
        return [self.get(path, **headers).headers["X-Cache"] for _ in range(times)]

    def read_logs(self) -> str:
        return "".join(file.read_text() for file in self.folder.glob("*.log"))


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


def replace_all(text: str, changes: dict[str, str]) -> str:
    """Replace all of these, each of which must be there."""
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@contextmanager
def run_nginx(folder: Path, server: str) -> Iterator[Proxy]:
    folder.mkdir()
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "certificate.pem")
    plain, port = free_port(), free_port()
    live = "/etc/letsencrypt/live/campaign.example"
    changes = {
        "server 127.0.0.1:1218;": f"server {server.removeprefix('http://')};",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        f"{live}/fullchain.pem": f"{folder}/certificate.pem",
        f"{live}/privkey.pem": f"{folder}/certificate.pem",
        "/var/cache/imd-nginx": f"{folder}/cache",
        "/var/log/nginx": str(folder),
    }
    (folder / "imd.conf").write_text(replace_all(EXAMPLE, changes))
    (folder / "nginx.conf").write_text(MAIN.format(user="user root;" * (os.geteuid() == 0)))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "start.log"]
    process = subprocess.Popen(command)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    try:
        wait_for(port, process)
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context) as client:
            yield Proxy(folder, f"http://127.0.0.1:{plain}", client)
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as attempt:
            if not attempt.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.02)
    raise AssertionError("nginx does not listen")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sample campaign."""
    folder = tmp_path_factory.mktemp("campaign")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
            patch.delenv(name)
        patch.chdir(folder)
        assert main(["campaign", "secrets"]) == 0
        assert main(["campaign", "sample"]) == 0
    return folder


@pytest.fixture(scope="module")
def start_server(campaign: Path, serve: Callable[..., Any]) -> Callable[..., Any]:
    """Start `imd serve` as docs/running.md says for a server behind a proxy."""

    def start(**environment: str) -> Any:
        proxies = {
            "IMD_CAMPAIGN_TRUSTED_PROXIES": "127.0.0.1",
            "IMD_WIDGETS_TRUSTED_PROXIES": "127.0.0.1",
        }
        return serve("serve", "--port", "0", folder=campaign, **proxies, **environment)

    return start


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Any]) -> Iterator[Any]:
    server = start_server()
    yield server
    server.close()


@pytest.fixture
def proxy(server: Any, tmp_path: Path) -> Iterator[Proxy]:
    with run_nginx(tmp_path / "nginx", server.address) as proxy:
        yield proxy


# --- what is cached ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [COUNTER, EVENTS, "/embed.js"])
def test_second_request_is_answered_from_the_cache(proxy: Proxy, path: str):
    assert proxy.cache_states(path) == ["MISS", "HIT"]


@pytest.mark.parametrize("path", [COUNTER, EVENTS])
def test_known_response_is_a_304_from_the_cache(proxy: Proxy, path: str):
    tag = proxy.get(path).headers["ETag"]
    again = proxy.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.headers["X-Cache"], again.content) == (304, "HIT", b"")


@pytest.mark.parametrize("path", [COUNTER, EVENTS])
def test_compressed_responses_are_cached_separately(proxy: Proxy, path: str):
    encodings = ["identity", "gzip", "gzip, deflate, br"]
    first = [proxy.get(path, **{"Accept-Encoding": encoding}) for encoding in encodings]
    again = [proxy.get(path, **{"Accept-Encoding": encoding}) for encoding in encodings]
    assert [response.headers["X-Cache"] for response in again] == ["HIT"] * 3
    sent = [[r.headers.get("Content-Encoding") for r in responses] for responses in (first, again)]
    assert sent[0] == sent[1]
    assert sent[0][:2] == [None, "gzip"]
    assert len({response.text for response in first + again}) == 1


def test_part_of_a_file_can_be_requested(proxy: Proxy):
    poster = proxy.get("/v1/posters").json()["items"][0]
    path = f"/v1/posters/{poster['slug']}/files/{poster['files'][0]['name']}"
    whole = proxy.get(path)
    part = proxy.get(path, Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, whole.content[10:20])


# --- what is not ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [COUNTER, EVENTS])
def test_request_with_a_cookie_is_neither_answered_from_the_cache_nor_cached(
    proxy: Proxy, path: str
):
    assert proxy.cache_states(path, Cookie="session=sample") == ["BYPASS", "BYPASS"]
    assert proxy.cache_states(path) == ["MISS", "HIT"]


def test_request_with_a_key_is_not_answered_from_the_cache(proxy: Proxy):
    assert proxy.cache_states(EVENTS) == ["MISS", "HIT"]
    refused = proxy.get(EVENTS, Authorization="Bearer sample-key")
    assert (refused.status_code, refused.headers["X-Cache"]) == (401, "BYPASS")
    assert proxy.cache_states(EVENTS) == ["HIT", "HIT"]


def test_new_numbers_reach_a_screen_at_once(proxy: Proxy):
    with proxy.client.stream("GET", "/screen/convention/stream", timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("data:"))


# --- a server that is slow or down ---------------------------------------------------------------


def test_outdated_responses_are_sent_while_the_server_hangs_and_after_it_was_killed(
    start_server: Callable[..., Any], tmp_path: Path
):
    server = start_server(IMD_WIDGETS_MAX_AGE="1")
    with run_nginx(tmp_path / "nginx", server.address) as proxy:
        fresh = proxy.get(COUNTER)
        time.sleep(2.1)  # nginx counts whole seconds
        server.process.send_signal(signal.SIGSTOP)
        started_at = time.monotonic()
        meanwhile = proxy.get(COUNTER)
        assert time.monotonic() - started_at < 2  # of 60 seconds that a server may take
        server.process.kill()
        server.process.wait()
        afterwards = proxy.get(COUNTER)
    server.close()
    assert (fresh.headers["X-Cache"], meanwhile.headers["X-Cache"]) == ("MISS", "STALE")
    assert afterwards.headers["X-Cache"] in {"STALE", "UPDATING"}
    assert fresh.text == meanwhile.text == afterwards.text


# --- privacy -------------------------------------------------------------------------------------


def get_no_context() -> NoReturn:
    raise LookupError("nobody sends a request to this console")


def list_secret_paths() -> Iterator[str]:
    """All paths of the servers with a token or an order's ID in them, filled in."""
    settings = CampaignSettings(secret="s" * 40, public_key=new_key_pair()[0])
    documented = create_campaign(settings).state.document["paths"]
    apps = (create_widgets(WidgetSettings()), create_console(get_no_context))
    pages = [route.path for app in apps for route in app.routes if type(route) is Route]
    for path in [*documented, *pages]:
        if re.search(r"\{token\}|^(/v1)?/orders/\{", path):
            yield re.sub(r"\{\w+\}", SECRET, path)


def test_no_token_address_or_query_is_logged_or_stored(proxy: Proxy):
    paths = list(dict.fromkeys(list_secret_paths()))
    assert len(paths) > 30
    for path in paths:
        assert proxy.get(path).headers.get("X-Cache") is None, path
    for path in (
        f"{EVENTS}?q={SECRET}",
        f"/./confirm/{SECRET}",
        f"/{SECRET}",
        f"/v1/{SECRET}",
        f"/{SECRET}/w/",
        f"/%63onfirm/{SECRET}",
        f"/new/{SECRET}",
    ):
        proxy.get(path)
    assert_private(proxy)
    assert "GET /confirm/... 404" in proxy.read_logs()


def test_nothing_is_logged_about_a_token_while_the_servers_are_down(tmp_path: Path):
    with run_nginx(tmp_path / "nginx", f"http://127.0.0.1:{free_port()}") as proxy:
        assert proxy.get(f"/confirm/{SECRET}").status_code == 502
        assert proxy.get(f"/v1/orders/{SECRET}").status_code == 502
        assert proxy.get(COUNTER).status_code == 502
        assert_private(proxy)
        assert "GET /confirm/... 502" in proxy.read_logs()


def assert_private(proxy: Proxy) -> None:
    logs = proxy.read_logs()
    assert SECRET not in logs
    assert "127.0.0.1" not in logs


def test_address_that_a_client_invents_is_not_believed(proxy: Proxy, server: Any, campaign: Path):
    path = "/v1/petitions/convention/signatures"
    assert httpx.post(f"{server.address}{path}", json=FORM, headers=SPOOFED).status_code == 202
    assert proxy.client.post(path, json=FORM, headers=SPOOFED).status_code == 202
    with closing(sqlite3.connect(campaign / "var/campaign.sqlite3")) as database:
        query = "SELECT network IS NOT NULL FROM submissions ORDER BY id DESC LIMIT 2"
        through_proxy, directly = database.execute(query).fetchall()
    assert (directly, through_proxy) == ((1,), (0,))  # the address of this test has no network


# --- the configuration itself --------------------------------------------------------------------


def test_nginx_has_nothing_to_say_about_the_configuration(proxy: Proxy):
    assert not (proxy.folder / "start.log").exists() or not (proxy.folder / "start.log").read_text()
    assert (proxy.folder / "main.log").read_text() == ""


def test_unencrypted_requests_are_redirected(proxy: Proxy):
    response = httpx.get(f"{proxy.plain}/w/countdown?lang=es")
    assert (response.status_code, response.headers["Location"]) == (
        301, "https://127.0.0.1/w/countdown?lang=es",
    )  # fmt: skip
