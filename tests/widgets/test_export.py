import json
import os
import re
import subprocess
import sys
import threading
from functools import partial, partialmethod
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from imd_cli.main import main
from imd_widgets.embedding.file_sync import lock, open_file_sync


@pytest.fixture
def exported(demo, tmp_path, monkeypatch, capsys):
    """Run the command with the demo, and return the folder and the output."""
    monkeypatch.setenv("IMD_WIDGETS_CAMPAIGN_URL", demo.address)
    monkeypatch.setenv("IMD_WIDGETS_PUBLIC_URL", "https://widgets.example")

    def run(*arguments: str, status: int = 0):
        assert main(["widgets", "export", str(tmp_path / "out"), *arguments]) == status
        return tmp_path / "out", capsys.readouterr()

    return run


def test_every_widget_is_exported_in_each_language(exported):
    folder, _ = exported("--lang", "en", "--lang", "ar")
    names = {path.name for path in folder.glob("*.html")}
    assert {"counter-convention-en.html", "countdown-ar.html", "events-ar.html"} <= names


def test_counter_is_exported_in_every_format(exported):
    folder, _ = exported("--widget", "counter")
    assert {path.suffix for path in folder.glob("[!.]*")} == {
        ".html",
        ".png",
        ".svg",
        ".txt",
        ".json",
    }


@pytest.fixture
def served(tmp_path):
    """The URL of a plain web server for the folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    folder = str(tmp_path / "out")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def broken_links(folder) -> list[tuple[str, str]]:
    """List links to missing files or fragments."""
    found = []
    for page in folder.glob("*.html"):
        for href in re.findall(r'<a\b[^>]* href="([^"]*)"', page.read_text("utf-8")):
            there = urlsplit(unescape(href))
            goal = folder / unquote(there.path) if there.path else page
            if there.scheme:
                continue
            text = goal.read_text("utf-8") if goal.exists() else ""
            place = f'id="{unquote(there.fragment)}"' if there.fragment else "<html"
            if place not in text:
                found.append((page.name, href))
    return found


def test_views_and_pages_link_to_files(exported):
    folder, _ = exported("--widget", "events", "--widget", "event-list", "--lang", "ar")
    names = {path.name for path in folder.iterdir()}
    assert {"events-ar-view-africa.html", "event-list-ar-page-2.html"} <= names
    assert broken_links(folder) == []
    assert "?" not in "".join(names)


def test_export_without_a_server_has_no_broken_links(exported, monkeypatch):
    monkeypatch.delenv("IMD_WIDGETS_PUBLIC_URL")
    folder, said = exported("--lang", "en", "--verbose")
    assert broken_links(folder) == []
    html = "".join(path.read_text("utf-8") for path in folder.glob("*.html"))
    assert not re.search(r'href="(/|\?|webcal:|https?://127)', html)
    assert 'class="act"' not in html
    assert said.err.startswith("IMD_WIDGETS_PUBLIC_URL is not set")


def test_exported_map_is_navigable_by_its_links(exported, served, launch_chromium):
    exported("--widget", "events")
    with launch_chromium() as browser:
        page = browser.new_page()
        page.goto(f"{served}/events-en.html")
        page.click("text=Africa")
        africa = page.url
        page.locator("g.wide a").first.dispatch_event("click")
        page.click("text=World")
        heading = page.locator("h1").inner_text()
    assert africa == f"{served}/events-en-view-africa.html"
    assert page.url.endswith("/events-en-view-world.html")
    assert heading == "Find an event"


def test_number_of_exported_views_is_bounded(exported, monkeypatch):
    monkeypatch.setattr("imd_widgets.embedding.export.MAX_VIEWS", 5)
    folder, _ = exported("--widget", "events")
    assert len(list(folder.glob("*.html"))) == 5
    assert broken_links(folder) == []
    html = (folder / "events-en.html").read_text("utf-8")
    assert 'href="https://widgets.example/w/events?view=' in html


def test_appearance_and_options_are_exported(exported):
    look = ("--theme", "light", "--accent", "#0A7D5A", "--corners", "round", "--font", "serif")
    folder, _ = exported("--widget", "countdown", *look, "--option", "zone=Asia/Manila")
    html = (folder / "countdown-en.html").read_text(encoding="utf-8")
    assert "--ground:#0a7d5a" in html
    assert "--radius:16px" in html
    assert "Georgia" in html
    assert "Philippine" in html


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("--option", "acent=red"), "imd: no exported widget has the option acent"),
        (("--font", "comic"), "imd: “font” must be one of: sans, serif, system."),
        (("--option", "red"), "imd: red: options must be NAME=VALUE"),
    ],
)
def test_invalid_export_option_is_one_line(exported, wrong, says):
    _, said = exported(*wrong, status=2)
    assert said.err == f"{says}\n"


def test_exported_file_makes_no_request(exported, launch_chromium):
    folder, _ = exported("--lang", "en", "--lang", "ar")
    urls = []
    with launch_chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: urls.append(request.url))
        for file in folder.glob("*.html"):
            page.goto(file.as_uri())
            assert page.locator("main").inner_text()
    assert [url for url in urls if not url.startswith("file:")] == []


def test_exported_links_lead_to_the_server(exported):
    folder, _ = exported("--widget", "counter")
    html = (folder / "counter-convention-en.html").read_text(encoding="utf-8")
    assert 'href="https://widgets.example/petitions/convention?lang=en"' in html


def test_exported_file_has_a_security_policy(exported):
    folder, _ = exported("--widget", "countdown")
    html = (folder / "countdown-en.html").read_text(encoding="utf-8")
    assert re.search(r'Content-Security-Policy" content="default-src &#39;none&#39;', html)


def test_policy_of_a_file_does_not_allow_the_server(exported):
    folder, _ = exported("--widget", "posters")
    html = (folder / "posters-en.html").read_text(encoding="utf-8")
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1])
    assert "img-src 'self';" in policy
    assert "http" not in policy


def test_unlinked_view_is_deleted(exported, monkeypatch):
    folder, _ = exported("--widget", "events", "--widget", "counter")
    assert (folder / "events-en-view-africa.html").exists()
    monkeypatch.setattr("imd_widgets.embedding.export.MAX_VIEWS", 1)
    exported("--widget", "events")
    assert {path.name for path in folder.glob("events*")} == {"events-en.html"}
    assert (folder / "counter-convention-en.html").exists()


def test_export_of_one_language_keeps_the_others(exported):
    folder, _ = exported("--widget", "posters", "--lang", "en", "--lang", "ar")
    before = {path.name for path in folder.iterdir()}
    exported("--widget", "posters", "--lang", "ar")
    assert {path.name for path in folder.iterdir()} == before
    assert any(name.startswith("posters-many-paths-files") for name in before)


def test_files_of_others_are_kept(exported, monkeypatch):
    folder, _ = exported("--widget", "events")
    (folder / "events-en-view-mine.html").write_text("mine", "utf-8")
    (folder / "events-en-view-africa.html").write_text("mine now", "utf-8")
    monkeypatch.setattr("imd_widgets.embedding.export.MAX_VIEWS", 1)
    exported("--widget", "events")
    names = {path.name for path in folder.glob("events*")}
    assert names == {"events-en.html", "events-en-view-mine.html", "events-en-view-africa.html"}


def reachable_broken_links(folder, name) -> list[tuple[str, str]]:
    """List broken links on pages that can be reached from this file."""
    if not (folder / name).exists():
        return []
    dead, reached, waiting = broken_links(folder), set(), [name]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = re.findall(
            r'<a\b[^>]* href="(event-list[^"#]*)', (folder / page).read_text("utf-8")
        )
        waiting += [other for other in found if (folder / other).exists() and other not in reached]
    return [(page, href) for page, href in dead if page in reached]


def test_links_never_break_during_an_export(exported, monkeypatch):
    """Checks the folder after every change, while the list grows and shrinks."""
    seen = []

    def watched(path, *arguments, do, **named):
        do(path, *arguments, **named)
        seen.append(reachable_broken_links(path.parent, "event-list-en.html"))

    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, partialmethod(watched, do=getattr(Path, name)))
    pages = []
    for per_page in (20, 7, 20):
        monkeypatch.setattr("imd_widgets.events.pagination.PER_PAGE", per_page)
        folder, _ = exported("--widget", "event-list")
        pages.append(len(list(folder.glob("*-page-*"))))
    assert pages[0] == pages[2] < pages[1]
    assert not any(seen)


@pytest.mark.parametrize("text", ["", "[]", '{"events-en": 1}', '{"events-en": {"../x": "0"}}'])
def test_broken_list_is_ignored(exported, text):
    folder, _ = exported("--widget", "countdown")
    (folder / ".imd-widgets.json").write_text(text, "utf-8")
    exported("--widget", "countdown")
    assert "countdown-en.html" in (folder / ".imd-widgets.json").read_text("utf-8")


def test_full_disk_leaves_no_partial_file(exported, monkeypatch):
    folder, _ = exported("--widget", "counter")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(path, content):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    _, said = exported("--widget", "counter", status=1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "No space left on device" in said.err


def test_unreachable_campaign_keeps_the_previous_files(exported, monkeypatch):
    folder, _ = exported("--widget", "counter")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setenv("IMD_WIDGETS_CAMPAIGN_URL", "http://127.0.0.1:1")
    _, said = exported("--widget", "counter", status=1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert said.err == "imd: no widget was updated: the campaign cannot be reached\n"


def test_failing_widget_is_reported_and_others_are_updated(exported):
    folder, _ = exported("--widget", "counter")
    (folder / "countdown-en.html").mkdir()
    (folder / "counter-convention-en.html").unlink()
    _, said = exported("--widget", "countdown", "--widget", "counter", status=1)
    assert (said.out, said.err) == ("", "imd: countdown-en not updated: Is a directory\n")
    assert (folder / "counter-convention-en.html").exists()


def test_verbose_names_every_file(exported):
    folder, said = exported("--widget", "counter", "--verbose")
    assert set(said.out.split()) == {path.name for path in folder.glob("[!.]*")}
    assert said.err == ""


def test_concurrent_exports_list_every_file(demo, tmp_path):
    command = [sys.executable, "-m", "imd_cli", "widgets", "export", str(tmp_path)]
    environment = os.environ | {"IMD_WIDGETS_CAMPAIGN_URL": demo.address}
    runs = [
        subprocess.Popen([*command, "--widget", key], env=environment)
        for key in ("counter", "countdown", "counter")
    ]
    assert [run.wait(timeout=300) for run in runs] == [0, 0, 0]
    listed = json.loads((tmp_path / ".imd-widgets.json").read_text("utf-8"))
    written = {path.name for path in tmp_path.iterdir()} - {".imd-widgets.json"}
    assert written == {name for names in listed.values() for name in names}
    assert {"counter-convention-en.html", "countdown-en.html"} <= written


def test_export_waits_for_a_concurrent_export(tmp_path):
    settled = threading.Event()

    def settle() -> None:
        with open_file_sync(tmp_path, "counter-en") as files:
            files.add("counter-en.html", b"new")
            files.publish(is_complete=True)
        settled.set()

    with lock(tmp_path):
        thread = threading.Thread(target=settle)
        thread.start()
        assert not settled.wait(0.2)
    thread.join(timeout=10)
    assert settled.is_set()


def test_unknown_widget_is_one_line(exported):
    _, said = exported("--widget", "none", status=2)
    assert said.err.startswith("imd: unknown widget none; known widgets: counter, ")


def test_unknown_language_is_one_line(exported):
    _, said = exported("--lang", "th", status=2)
    assert said.err.startswith("imd: unknown language th; known languages: ar, bn, ")


def test_snippet_command_prints_the_builders_snippet(demo, capsys, monkeypatch):
    monkeypatch.setenv("IMD_WIDGETS_PUBLIC_URL", "https://widgets.example")
    assert main(["widgets", "snippet", "counter", "theme=dark", "--lang", "fr"]) == 0
    said = capsys.readouterr().out
    assert 'src="https://widgets.example/w/counter/convention?lang=fr&amp;theme=dark"' in said


def test_invalid_option_is_one_line(capsys):
    assert main(["widgets", "snippet", "counter", "theme=pink"]) == 2
    assert capsys.readouterr().err == "imd: The colour scheme must be one of: auto, light, dark.\n"
