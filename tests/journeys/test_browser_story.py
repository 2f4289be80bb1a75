"""A signature in Chromium, from the builder to the updated counter."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
ARGUMENTS = ["--disable-background-networking", "--disable-component-update"]
PERSON = "sample.browser@example.org"
COUNT = """async () => {
    const response = await fetch('/w/counter/convention?lang=en', {cache: 'no-store'});
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    return Number(page.querySelector('[data-total]').textContent.replace(/\\D/g, ''));
}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(launch_chromium) -> Iterator[Browser]:
    with launch_chromium(*ARGUMENTS) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if is_page_error(message) else None
    )
    yield page
    page.close()
    assert errors == []


def is_page_error(message: ConsoleMessage) -> bool:
    """Ignore errors from the style that screenshots inject."""
    return message.type == "error" and message.location["url"] != ""


def read_count(page: Page, address: str) -> int:
    page.goto(f"{address}/w/counter/convention?lang=en")
    return int(re.sub(r"\D", "", page.locator("[data-total]").first.inner_text()))


def sign(page: Page, address: str) -> None:
    page.goto(f"{address}/petitions/convention?lang=en")
    page.locator("input[name=name]").fill("Sample Browser")
    page.locator("input[name=email]").fill(PERSON)
    page.locator("select[name=country]").select_option("KE")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/thanks**")


def confirm(page: Page, address: str, eventually: Callable[..., Any]) -> None:
    page.goto(f"{address}/demo/mail")
    email = page.locator("article", has_text=PERSON)
    eventually(lambda: page.reload() and email.count(), until=bool)
    email.locator("a[href*='/confirm/']").first.click()
    with page.expect_navigation():
        page.locator("main form button.act").click()


def test_confirmed_signature_updates_the_counter(page, demo, eventually):
    before = read_count(page, demo.address)
    sign(page, demo.address)
    assert read_count(page, demo.address) == before
    confirm(page, demo.address, eventually)
    eventually(lambda: page.evaluate(COUNT), until=lambda count: count == before + 1)
    page.goto(demo.address)
    counter = page.frame_locator("iframe[src*='/w/counter/']").first.locator("[data-total]").first
    assert int(re.sub(r"\D", "", counter.inner_text())) == before + 1
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "builder.png", full_page=True)


@pytest.mark.parametrize("widget", ["counter", "countdown", "events"])
def test_builder_previews_each_widget(page, demo, widget):
    page.goto(demo.address)
    frame = page.frame_locator(f"iframe[src*='/w/{widget}']").first
    assert frame.locator("body").inner_text().strip()


@pytest.mark.parametrize("widget", ["counter", "countdown", "events"])
def test_embed_code_works_in_a_local_file(page, demo, tmp_path, widget):
    page.goto(f"{demo.address}/?widget={widget}&lang=es")
    snippet = page.locator("[data-snippet]").first.evaluate("e => e.value ?? e.textContent")
    file = tmp_path / "ally.html"
    file.write_text(f"<!doctype html><title>Ally</title><p>Text</p>{snippet}", encoding="utf-8")
    page.goto(file.as_uri())
    frame = page.frame_locator("iframe").first
    assert frame.locator("html").get_attribute("lang") == "es"
    assert frame.locator("body").inner_text().strip()
