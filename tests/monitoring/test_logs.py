"""Logs and metrics hold nothing of what a stranger sends, whatever the format."""

import json
import logging
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

import httpx
import pytest

from imd_campaign import seed
from imd_campaign.context import utc_now
from imd_campaign.crypto import new_key_pair
from imd_campaign.db import migrate
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database
from imd_monitoring.log_format import DiscreetFilter, JsonFormatter

MARKER = "Xmarkerx"
FORM = {
    "name": f"{MARKER} Name",
    "email": f"{MARKER}@example.org",
    "country": "KE",
    "message": MARKER,
    MARKER: MARKER,
}
PATHS = [
    "/v1/petitions/convention/signatures",
    f"/v1/petitions/{MARKER}/signatures",
    f"/v1/confirmations/{MARKER}",
    f"/v1/confirmations/{MARKER}/unsubscription",
    f"/v1/orders/{MARKER}",
    f"/v1/attendances/{MARKER}",
    f"/v1/hosted-events/{MARKER}",
    f"/v1/personal-data/{MARKER}",
    "/v1/personal-links",
    "/v1/events",
    f"/v1/events?near={MARKER}&q={MARKER}",
    f"/{MARKER}",
    "/readyz",
    "/petitions/convention",
    f"/confirm/{MARKER}",
    f"/confirm/{MARKER}/unsubscribe",
    f"/your-data/{MARKER}",
    f"/orders/{MARKER}",
    f"/w/counter/convention?lang={MARKER}",
    f"/oembed?url=http://{MARKER}.example/",
]
KEY = {"Authorization": f"Bearer {MARKER}"}
HEADERS = {
    "Cookie": MARKER,
    "Idempotency-Key": MARKER * 4,
    "User-Agent": MARKER,
    "Referer": f"http://{MARKER}.example/",
    "X-Forwarded-For": MARKER,
    "X-Request-Id": MARKER,
    "Accept-Language": MARKER,
}


EMAIL_SECONDS = 4
"""The form is processed within a second, and its e-mail is tried then."""


@dataclass(frozen=True)
class Recording:
    output: str
    """All that the server wrote."""
    metrics: str


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, serve) -> dict[str, Recording]:
    """What servers write in each format, after requests with the marker everywhere."""
    folder = tmp_path_factory.mktemp("campaign")
    environment = make_campaign(folder)
    other = {"IMD_CAMPAIGN_DATABASE_URL": f"sqlite:///{folder / 'other.sqlite3'}"}
    shutil.copy(folder / "campaign.sqlite3", folder / "other.sqlite3")
    start = partial(serve, "serve", "--port", "0", "--log-format", folder=folder)
    ports = find_free_ports()
    servers = {
        "text": (start("text", **environment | other), None),
        "json": (start("json", **environment, **ports), ports),
    }
    with ThreadPoolExecutor() as threads:
        running = {name: threads.submit(record, *server) for name, server in servers.items()}
        return {name: recording.result() for name, recording in running.items()}


def make_campaign(folder) -> dict[str, str]:
    secret, public_key = "s" * 40, new_key_pair()[0]
    url = f"sqlite:///{folder / 'campaign.sqlite3'}"
    settings = Settings(
        secret=secret, public_key=public_key, database_url=url, files_dir=folder / "files"
    )
    database = open_database(settings)
    migrate(database.engine)
    seed.load(database.engine, settings, utc_now())
    database.engine.dispose()
    return {
        "IMD_CAMPAIGN_SECRET": secret,
        "IMD_CAMPAIGN_PUBLIC_KEY": public_key,
        "IMD_CAMPAIGN_DATABASE_URL": url,
        "IMD_CAMPAIGN_FILES_DIR": str(folder / "files"),
        "IMD_CAMPAIGN_MAIL": "smtp://127.0.0.1:1",
    }


def find_free_ports() -> dict[str, str]:
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        first, second = (str(listener.getsockname()[1]) for listener in listeners)
    return {"IMD_CAMPAIGN_METRICS_PORT": first, "IMD_WIDGETS_METRICS_PORT": second}


def record(server, ports: dict[str, str] | None) -> Recording:
    with httpx.Client(base_url=server.address, timeout=60) as client:
        client.post("/v1/petitions/convention/signatures", json=FORM | {MARKER: None})
        form = {name: FORM[name] for name in ("name", "email", "country")}
        client.post("/v1/petitions/convention/signatures", json=form)
        for path in PATHS:
            client.get(path, headers=HEADERS)
            client.get(path, headers=HEADERS | KEY)
            client.post(path, json=FORM)
            client.post(path, data=FORM, headers=HEADERS)
    time.sleep(EMAIL_SECONDS)
    urls = [f"http://127.0.0.1:{port}/metrics" for port in (ports or {}).values()]
    metrics = "".join(httpx.get(url).text for url in urls)
    output = server.stop()
    server.close()
    return Recording(output, metrics)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_that_was_sent_is_logged(recordings, log_format):
    output = recordings[log_format].output
    assert "e-mails are waiting" in output  # the log is there, with the failing mail server
    assert MARKER.lower() not in output.lower()
    assert "127.0.0.1" not in output.partition("\n")[2].replace("127.0.0.1:1 ", "")


def test_each_line_is_json_with_the_fields_of_a_request(recordings):
    output = recordings["json"].output
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    access = [line for line in lines if line["logger"] == "imd_campaign.access"]
    line = next(one for one in access if one["route"] == "/v1/confirmations/{token}")
    assert line.keys() == {
        *("time", "level", "logger", "process", "message"),
        *("method", "route", "status", "duration_ms", "request_id"),
    }
    assert {one["route"] for one in lines if one["logger"] == "imd_widgets.access"} >= {
        "/w/counter/{petition}",
        "/confirm/{token}",
        "(no route)",
    }


def test_text_has_no_line_for_a_request(recordings):
    assert "GET /" not in recordings["text"].output


def find_traceback(error: Exception) -> TracebackType | None:
    def fail() -> None:
        raise error

    with suppress(type(error)):
        fail()
    return error.__traceback__


@pytest.fixture
def format_record():
    def format_record(error: Exception | None, message: str, name: str = "uvicorn.error") -> str:
        info = (type(error), error, find_traceback(error)) if error else None
        record = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, (), info)
        DiscreetFilter().filter(record)
        return JsonFormatter().format(record) + logging.Formatter().format(record)

    return format_record


def test_exceptions_are_logged_without_their_message(format_record):
    text = format_record(RuntimeError(MARKER), "Exception in ASGI application")
    assert (MARKER in text, "RuntimeError" in text, "test_logs.py" in text) == (False, True, True)


def test_results_of_tasks_are_not_logged(format_record):
    message = f"Task exception was never retrieved\nfuture: <Task exception={MARKER}>"
    text = format_record(None, message, "asyncio")
    assert (MARKER in text, "never retrieved" in text) == (False, True)


def test_warnings_of_python_are_json_too(tmp_path):
    code = (
        "import warnings\n"
        "from imd_monitoring.log_format import configure_logging\n"
        "configure_logging('json')\n"
        "warnings.warn('of a library')\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert (line["logger"], "of a library" in line["message"]) == ("py.warnings", True)


# --- metrics of the same servers ---------------------------------------------------------------

EXAMPLES = Path(__file__).parents[2] / "examples/monitoring"
NAME = re.compile(r"\bimd_(?:\(campaign\|widgets\)|campaign|widgets)_[a-z_]+")
TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)


def list_names(text: str) -> set[str]:
    return {
        found.replace("(campaign|widgets)", server)
        for found in NAME.findall(text)
        for server in ("campaign", "widgets")
    }


def list_exported(text: str) -> set[str]:
    names = set()
    for name, kind in TYPE.findall(text):
        names |= (
            {f"{name}{part}" for part in ("_bucket", "_count", "_sum")}
            if kind == "histogram"
            else {name}
        )
    return names


def test_every_metric_in_the_examples_is_exported(recordings):
    files = (EXAMPLES / name for name in ("dashboard.json", "imd.rules.yml"))
    named = set().union(*(list_names(file.read_text("utf-8")) for file in files))
    assert len(named) > 15
    assert named - list_exported(recordings["json"].metrics) == set()


def test_nothing_that_was_sent_is_a_label(recordings):
    assert MARKER.lower() not in recordings["json"].metrics.lower()
