"""The programs and pages of examples/, run from their files against a running campaign."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from imd_campaign.crypto import new_key_pair
from imd_cli.main import main
from imd_sdk import webhooks
from imd_sdk.testing import webhook

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DEMO = "http://127.0.0.1:1218"
LONGEST = 60
SHEET = "Full name,E-mail\nSample Person,{email}\n"
SECRET = webhooks.new_secret()


def run(name: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name, *map(str, arguments)],
        capture_output=True,
        env=os.environ | environment,
        text=True,
        check=False,
        timeout=60,
    )


def output_of(name: str, *arguments: object, **environment: str) -> str:
    done = run(name, *arguments, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# --- for partner developers ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sign_and_list.py", "sign_and_list_async.py"])
def test_sign_and_list_prints_the_posters(name, demo):
    assert "Many Paths" in output_of(name, demo.address)


def test_import_sends_each_row_once(demo, tmp_path):
    sheet = tmp_path / "sheets.csv"
    sheet.write_text(SHEET.format(email="paper.once@example.org"), "utf-8")
    assert "sent 1, already sent 0" in output_of("import_paper_signatures.py", demo.address, sheet)
    assert "sent 0, already sent 1" in output_of("import_paper_signatures.py", demo.address, sheet)


def test_import_returns_the_rows_to_correct(demo, tmp_path):
    sheet = tmp_path / "sheets.csv"
    sheet.write_text(SHEET.format(email="no address"), "utf-8")
    done = run("import_paper_signatures.py", demo.address, sheet)
    assert done.returncode == 1
    assert "line 2:" in done.stdout
    assert "no address" in (tmp_path / "sheets.unsent.csv").read_text("utf-8")


@pytest.fixture
def receiver() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-u", EXAMPLES / "webhook_receiver.py", "0"]
    environment = os.environ | {"IMD_WEBHOOK_SECRETS": SECRET}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        yield re.search(r"http://\S+", process.stdout.readline())[0], process
        process.kill()


def test_webhook_receiver_prints_a_repeated_delivery_once(receiver):
    url, process = receiver
    made = webhook("event.approved", {"event": "evt_sample"}, secret=SECRET)
    other = webhook("event.cancelled", {"event": "evt_sample"}, secret=SECRET)
    for delivery in (made, made, other):
        assert httpx.post(url, content=delivery.body, headers=delivery.headers).status_code == 204
    assert process.stdout.readline() == "event.approved {'event': 'evt_sample'}\n"
    assert process.stdout.readline() == "event.cancelled {'event': 'evt_sample'}\n"


def test_webhook_receiver_rejects_a_forged_delivery(receiver):
    url, process = receiver
    forged = webhook("event.approved", {}, secret=webhooks.new_secret())
    assert httpx.post(url, content=forged.body, headers=forged.headers).status_code == 400
    assert process.stdout.readline().startswith("rejected:")


def test_example_tests_pass(tmp_path):
    plugins = ["-p", "imd_sdk.testing.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, EXAMPLES / "test_my_signup.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "2 passed" in done.stdout


# --- for campaign staff --------------------------------------------------------------------------


def test_published_page_has_every_event(demo, tmp_path):
    page = tmp_path / "events.html"
    assert "44 events written" in output_of("publish_events.py", demo.address, page)
    assert page.read_text("utf-8").count("<li>") == 44


def test_failed_publication_keeps_the_old_page(tmp_path):
    page = tmp_path / "events.html"
    page.write_text("old", "utf-8")
    assert run("publish_events.py", "http://127.0.0.1:9", page).returncode == 1
    assert page.read_text("utf-8") == "old"


def test_moderation_queue_lists_what_waits(staffed_campaign, tmp_path, mailed_token):
    url, key = staffed_campaign
    with httpx.Client(base_url=url) as client:
        client.post("/v1/events", json=EVENT).raise_for_status()
        token = mailed_token(tmp_path / "mail", EVENT["host"]["email"])
        confirmed = client.post(f"/v1/confirmations/{token}").raise_for_status().json()
    output = output_of("moderation_queue.py", url, IMD_API_KEY=key)
    assert f"event {confirmed['event']}: Sample vigil, waiting for 0 days" in output
    assert output.endswith("1 to decide\n")


def test_moderation_queue_needs_a_key(demo):
    done = run("moderation_queue.py", demo.address, IMD_API_KEY="")
    assert done.returncode == 1
    assert done.stderr.startswith("401 unauthorized")


EVENT = {
    "title": "Sample vigil",
    "description": "A sample.",
    "lang": "en",
    "languages": ["en"],
    "kind": "vigil",
    "starts_at": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT18:00:00+00:00}",
    "time_zone": "UTC",
    "online": True,
    "url": "https://meeting.example/",
    "host": {"name": "Sample Group", "email": "host@example.org"},
}


@pytest.fixture
def staffed_campaign(serving, tmp_path) -> tuple[str, str]:
    """The URL of an empty campaign, and a key of its moderators."""
    secrets = {"IMD_CAMPAIGN_SECRET": "s" * 40, "IMD_CAMPAIGN_PUBLIC_KEY": new_key_pair()[0]}

    def imd(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "imd_cli", "campaign", *arguments],
            cwd=tmp_path,
            env=os.environ | secrets,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    imd("migrate")
    created = imd("keys", "create", "Staff", "--scope", "events:moderate")
    mail = {"IMD_CAMPAIGN_MAIL": f"folder:{tmp_path / 'mail'}"}
    served = serving("campaign", "serve", "--port", "0", **secrets, **mail)
    return served.address, re.search(r"imd_\S+", created)[0]


# --- for websites --------------------------------------------------------------------------------


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.widgets: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.urls += [url for url in (named.get("src"), named.get("href")) if url]
        if tag == "imd-widget":
            self.widgets.append(named)


WEBSITES = sorted(EXAMPLES.glob("website/*.html"))


@pytest.mark.parametrize("path", WEBSITES, ids=lambda path: path.name)
def test_every_url_of_a_page_can_be_opened(path, demo):
    urls = Page(path.read_text("utf-8").replace(DEMO, demo.address)).urls
    assert urls
    assert [url for url in urls if httpx.get(url).status_code != 200] == []


def test_iframes_are_the_ones_that_the_command_prints(capsys):
    html = (EXAMPLES / "website/snippets.html").read_text("utf-8")
    main(["widgets", "snippet", "counter"])
    main(["widgets", "snippet", "event-list", "near=Nairobi"])
    assert [line for line in capsys.readouterr().out.splitlines() if line not in html] == []


@pytest.mark.browser
def test_elements_load_and_change_with_their_attributes(chromium, demo):
    html = (EXAMPLES / "website/elements.html").read_text("utf-8")
    page = chromium.new_page()
    page.set_content(html.replace(DEMO, demo.address))
    page.wait_for_selector("#status:not(:empty)")
    page.select_option("#city", "Manila")
    page.wait_for_selector('#events iframe[src*="near=Manila"][src*="lang=es"]')
    page.close()


# --- all of them ---------------------------------------------------------------------------------


def test_examples_are_short():
    programs = [*EXAMPLES.glob("*.py"), *WEBSITES]
    long = [path.name for path in programs if len(path.read_text("utf-8").splitlines()) > LONGEST]
    assert long == []


def test_every_example_is_listed():
    listed = (EXAMPLES / "README.md").read_text("utf-8")
    programs = [*EXAMPLES.glob("*.py"), *WEBSITES]
    missing = [path.name for path in programs if f"{path.name}](" not in listed]
    assert missing == []
