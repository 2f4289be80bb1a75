"""Firefox and WebKit, driven by WebDriver: https://www.w3.org/TR/webdriver2/"""

import itertools
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
TIMEOUT = 20
# WebKitGTK's own sandbox needs namespaces, which root in a container does not have.
UNBOXED = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
QUIET = 'user_pref("marionette.port", 0);\nuser_pref("app.update.disabledForTesting", true);\n'


class Firefox:
    """Drives Firefox by Marionette: a length, a colon and [type, id, command, values] in JSON."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._replies = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._reply()
        self("NewSession", capabilities={"alwaysMatch": {"unhandledPromptBehavior": "ignore"}})

    def __call__(self, command: str, **values: Any) -> Any:
        text = json.dumps([0, next(self._ids), f"WebDriver:{command}", values]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _type, _id, error, result = self._reply()
        assert not error, error
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def _reply(self) -> Any:
        length = int(b"".join(iter(lambda: self._replies.read(1), b":")))
        return json.loads(self._replies.read(length))

    def close(self) -> None:
        self._replies.close()
        self._socket.close()


class WebKit:
    """Drives WebKit by WebKitWebDriver, with one URL per command."""

    ADDRESSES = {  # noqa: RUF012 - a table
        "Navigate": "url",
        "ExecuteScript": "execute/sync",
        "ExecuteAsyncScript": "execute/async",
        "SwitchToFrame": "frame",
    }

    def __init__(self, port: int) -> None:
        self._http_client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT)
        options = {"binary": MINI_BROWSER, "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        session = _retry(lambda: self._http_client.post("/session", json=wanted))
        self._session = f"/session/{session.json()['value']['sessionId']}"

    def __call__(self, command: str, **values: Any) -> Any:
        response = self._http_client.post(f"{self._session}/{self.ADDRESSES[command]}", json=values)
        assert response.is_success, response.text
        return response.json()["value"]

    def close(self) -> None:
        self._http_client.delete(self._session)
        self._http_client.close()


class Tab:
    """Commands that both browsers have."""

    def __init__(self, driver: Firefox | WebKit) -> None:
        self._do = driver

    def visit(self, address: str) -> None:
        self._do("Navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        return self._do("ExecuteScript", script=f"return {expression}", args=[])

    def awaits(self, promise: str) -> Any:
        script = f"const done = arguments[0]; {promise}.then(done, e => done(String(e)))"
        return self._do("ExecuteAsyncScript", script=script, args=[])

    def wait(self, expression: str) -> Any:
        return _retry(lambda: self.evaluate(expression) or _not_yet(expression))

    @contextmanager
    def inside(self) -> Iterator[None]:
        self._do("SwitchToFrame", id=0)
        yield
        self._do("SwitchToFrame", id=None)


def _not_yet(expression: str) -> None:
    raise TimeoutError(expression)


def _retry(attempt: Any) -> Any:
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            return attempt()
        except (OSError, httpx.TransportError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def running(*command: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env=os.environ | UNBOXED,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(TIMEOUT)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    (profile / "user.js").write_text(QUIET)
    chosen = profile / "MarionetteActivePort"
    command = ("firefox-esr", "--headless", "--marionette", "--no-remote", "--profile")
    with running(*command, str(profile)):
        port = _retry(lambda: int(chosen.read_text()))
        driver = Firefox(port)
        yield driver
        driver.close()


@contextmanager
def webkit(_profile: Path) -> Iterator[WebKit]:
    port = free_port()
    with running("xvfb-run", "--auto-servernum", "WebKitWebDriver", f"--port={port}"):
        driver = WebKit(port)
        yield driver
        driver.close()


@pytest.fixture(scope="session", params=[firefox, webkit], ids=["firefox", "webkit"])
def tab(request, tmp_path_factory) -> Iterator[Tab]:
    with request.param(tmp_path_factory.mktemp("profile")) as driver:
        yield Tab(driver)
