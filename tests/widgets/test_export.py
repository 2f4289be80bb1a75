import re

import pytest
from playwright.sync_api import sync_playwright

from imd_cli.main import main

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
def exported(demo, tmp_path, monkeypatch, capsys):
    """Run the command against the demo, and give what it wrote."""
    monkeypatch.setenv("IMD_WIDGETS_CAMPAIGN_URL", demo.address)
    monkeypatch.setenv("IMD_WIDGETS_PUBLIC_URL", "https://widgets.example")

    def run(*arguments: str, status: int = 0):
        assert main(["widgets", "export", str(tmp_path / "out"), *arguments]) == status
        return tmp_path / "out", capsys.readouterr()

    return run


def test_every_widget_is_written_in_every_language_asked_for(exported):
    folder, _ = exported("--lang", "en", "--lang", "ar")
    names = {path.name for path in folder.glob("*.html")}
    assert {"counter-convention-en.html", "countdown-ar.html", "events-ar.html"} <= names


def test_the_number_comes_in_every_form(exported):
    folder, _ = exported("--widget", "counter")
    assert {path.suffix for path in folder.iterdir()} == {".html", ".png", ".svg", ".txt", ".json"}


def test_a_file_asks_no_server_for_anything(exported):
    folder, _ = exported()
    asked = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for file in folder.glob("*.html"):
            page.goto(file.as_uri())
            assert page.locator("main").inner_text()
        browser.close()
    assert [url for url in asked if not url.startswith("file:")] == []


def test_links_lead_to_the_server(exported):
    folder, _ = exported("--widget", "counter")
    html = (folder / "counter-convention-en.html").read_text(encoding="utf-8")
    assert 'href="https://widgets.example/petitions/convention?lang=en"' in html


def test_the_file_carries_its_security_policy(exported):
    folder, _ = exported("--widget", "countdown")
    html = (folder / "countdown-en.html").read_text(encoding="utf-8")
    assert re.search(r'Content-Security-Policy" content="default-src &#x27;none&#x27;', html)


def test_without_a_campaign_the_files_of_before_stay(exported, monkeypatch):
    folder, _ = exported("--widget", "counter")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setenv("IMD_WIDGETS_CAMPAIGN_URL", "http://127.0.0.1:1")
    _, said = exported("--widget", "counter", status=1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "those of before are kept" in said.err


def test_an_unknown_widget_is_one_line(exported):
    _, said = exported("--widget", "none", status=2)
    assert said.err.startswith("imd: there is no widget none; there are counter, ")


def test_the_snippet_is_the_builders(demo, capsys, monkeypatch):
    monkeypatch.setenv("IMD_WIDGETS_PUBLIC_URL", "https://widgets.example")
    assert main(["widgets", "snippet", "counter", "theme=dark", "--lang", "fr"]) == 0
    said = capsys.readouterr().out
    assert 'src="https://widgets.example/w/counter/convention?lang=fr&amp;theme=dark"' in said


def test_a_wrong_option_is_one_line(capsys):
    assert main(["widgets", "snippet", "counter", "theme=pink"]) == 2
    assert capsys.readouterr().err == "imd: The colours are one of: auto, light, dark.\n"
