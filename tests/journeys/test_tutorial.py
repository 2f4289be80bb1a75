"""A reader follows docs/campaign/tutorial.md word by word, in a shell and in Chromium."""

import csv
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from playwright.sync_api import Page

PAGE = (Path(__file__).parents[2] / "docs/campaign/tutorial.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (\d+)\. .*?\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SITE = "http://127.0.0.1:1218"
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
ELSEWHERE = re.compile(r"^\S*pip install.*$|^python3 -m venv.*$|^imd serve$", re.MULTILINE)
LINK = re.compile(rf"{re.escape(SITE)}(/\S+)")
DAY = "2027-12-18"
NEXT_DAY = f"{datetime.now(UTC).year + 1}-12-18"
SIGNER, HOST = "signer@example.org", "host@example.org"
GUEST, BUYER = "guest@example.org", "buyer@example.org"

pytestmark = pytest.mark.browser


@dataclass
class Reader:
    """Somebody at a computer with two terminals, a browser and an authenticator app."""

    folder: Path
    browser: Page
    eventually: Callable[..., Any]
    address: str = SITE
    output: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: os.environ | {"PATH": PATH})

    def run_commands(self, number: str) -> None:
        [text] = [text for found, text in SECTIONS if found == number]
        self.output[number] = "".join(map(self._run, BLOCK.findall(text)))

    def _run(self, block: str) -> str:
        """Run a block in the terminal of the earlier ones: what they exported stays."""
        script = ELSEWHERE.sub("", block).replace(SITE, self.address).replace(DAY, NEXT_DAY)
        done = subprocess.run(
            ["sh", "-ec", f"{script}\nenv -0 > environment"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        variables = (self.folder / "environment").read_text(encoding="utf-8").split("\0")
        self.environment = dict(line.split("=", 1) for line in variables if line)
        return done.stdout

    def open(self, path: str) -> None:
        response = self.browser.goto(self.address + path.removeprefix(SITE))
        assert response.ok, f"{path}: {response.status}"

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.browser.locator(f"main [name={name}]").fill(value)

    def press(self, name: str) -> None:
        with self.browser.expect_navigation():
            self.browser.get_by_role("button", name=name, exact=True).click(timeout=10_000)

    def follow(self, name: str) -> None:
        with self.browser.expect_navigation():
            self.browser.get_by_role("link", name=name).first.click()

    def open_email(self, to: str, part: str) -> None:
        """Follow the link of the newest e-mail to an address, which contains a part."""
        self.open(self.eventually(lambda: self._find_link(to, part)))

    def _find_link(self, to: str, part: str) -> str:
        files = (self.folder / "var/mail").glob("*.eml")
        for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
            recipient, text = _read_email(file)
            links = [link for link in LINK.findall(text) if part in link]
            if to in recipient and links:
                return links[0]
        return ""

    def list_emails(self, to: str) -> list[str]:
        messages = map(_read_email, (self.folder / "var/mail").glob("*.eml"))
        return [text for recipient, text in messages if to in recipient]

    def read_table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def read(self, path: str) -> dict:
        return httpx.get(self.address + path).raise_for_status().json()


def _read_email(file: Path) -> tuple[str, str]:
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    return message["to"], message.get_body(("plain",)).get_content()


# --- the steps in the browser ---------------------------------------------------------------------


def get_account(reader: Reader) -> None:
    reader.open(reader.output["5"].strip())
    key = reader.browser.locator("main details code").text_content().replace(" ", "")
    reader.fill(name="Own Person", email="own.person@example.org", password="four words are enough")
    reader.fill(code=pyotp.TOTP(key).now())
    reader.press("Create the account")


def sign(reader: Reader) -> None:
    reader.open("/petitions/safe-routes-now")
    reader.fill(name="Sample Signer", email=SIGNER)
    reader.browser.locator("select[name=country]").select_option("ES")
    reader.press("Sign")
    reader.open_email(SIGNER, "/confirm/")
    reader.press("Confirm my signature")


def publish_event(reader: Reader) -> None:
    reader.open_email(HOST, "/confirm/")
    reader.press("Confirm my event")
    reader.open("/staff/events")
    reader.follow("Dinner for everybody")
    decide(reader, "Publish the event")


def decide(reader: Reader, decision: str) -> None:
    reader.browser.get_by_label(decision).check()
    reader.fill(reason="As in the tutorial.")
    reader.press("Save the decision")


def bring_guest(reader: Reader) -> None:
    [event] = reader.read("/v1/events")["items"]
    reader.open(f"/events/{event['id']}")
    reader.fill(name="Sample Guest", email=GUEST)
    reader.press("I am coming")
    reader.open_email(GUEST, "/confirm/")
    reader.press("Confirm that I will come")
    reader.open_email(HOST, "/hosted-events/")
    reader.press("Accept")


def buy_print(reader: Reader) -> None:
    reader.open("/posters/our-poster")
    reader.browser.locator("input[name=edition]").check()
    reader.press("Continue")
    reader.fill(name="Sample Buyer", email=BUYER, lines="Example street 2")
    reader.fill(postal_code="28001", locality="Madrid")
    reader.browser.locator("select[name=country]").select_option("ES")
    reader.press("Order")
    reader.open_email(BUYER, "/confirm/")
    reader.press("Confirm my order")


def send_print(reader: Reader) -> None:
    for state, decision in (("placed", "Mark as paid"), ("paid", "Mark as sent")):
        reader.open(f"/staff/orders?state={state}")
        reader.press("Open the order")
        decide(reader, decision)


# --- the whole tutorial ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader(tmp_path_factory, chromium, serve, eventually) -> Iterator[Reader]:
    """Somebody who has followed all of it."""
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    reader = Reader(tmp_path_factory.mktemp("tutorial"), page, eventually)
    for number in ("1", "2", "3"):
        reader.run_commands(number)
    with closing(serve("serve", "--port", "0", folder=reader.folder)) as server:
        reader.address = server.address
        follow_the_rest(reader)
        yield reader
    page.close()


def follow_the_rest(reader: Reader) -> None:
    reader.run_commands("5")
    get_account(reader)
    sign(reader)
    reader.run_commands("7")
    reader.run_commands("8")
    publish_event(reader)
    bring_guest(reader)
    buy_print(reader)
    send_print(reader)
    reader.run_commands("9")
    reader.run_commands("10")


def test_reader_has_a_petition_of_their_own_words(reader):
    assert reader.read("/v1/petitions/safe-routes-now")["title"] == "Safe routes now"


def test_name_of_the_signer_is_read_with_the_private_key(reader):
    [row] = reader.read_table("signatures.csv")
    assert (row["name"], row["email"], row["country"]) == ("Sample Signer", SIGNER, "ES")


def test_accepted_guest_gets_the_address_by_e_mail(reader):
    assert any("Example street 1" in text for text in reader.list_emails(GUEST))


def test_order_is_sent_and_the_address_can_be_read(reader):
    [row] = reader.read_table("orders.csv")
    assert (row["state"], row["numbers"], row["address"]) == ("sent", "1", "Example street 2")


def test_restored_backup_has_the_signature(reader):
    with closing(sqlite3.connect(reader.folder / "elsewhere/campaign.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM signatures").fetchone() == (1,)


def test_closed_campaign_shows_its_result_and_takes_no_more_signatures(reader):
    assert reader.read("/v1/petitions/safe-routes-now/count")["total"] == 1
    reader.eventually(lambda: has_form(reader), until=lambda found: not found)


def has_form(reader: Reader) -> bool:
    reader.open("/petitions/safe-routes-now")
    return reader.browser.locator("main form").count() > 0


def test_nobody_is_left_in_the_database_of_the_closed_campaign(reader):
    database = (reader.folder / "var/campaign.sqlite3").read_bytes()
    people = ("Sample Signer", SIGNER, HOST, GUEST, BUYER, "Example street", "own.person")
    assert [person for person in people if person.encode() in database] == []
