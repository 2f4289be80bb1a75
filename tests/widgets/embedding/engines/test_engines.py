"""Behaviour that depends on the engine: sandbox, height, images, refresh. Run `make engines`."""

import pytest

from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.engines

SECRET = "Xy12345678"
PATHS = [widget.path.format(petition="convention") for widget in WIDGETS]
AROUND = """<!doctype html><meta charset=utf-8><title>Host</title>
<iframe sandbox="allow-scripts" width=400 height=200 src="{src}#?secret={secret}"></iframe><script>
addEventListener("message", ({{ data }}) => {{
    if (data.message !== "height") return;
    document.querySelector("iframe").height = window.told = data.value;
}});
</script>"""
PHONE = """<!doctype html><meta charset=utf-8><title>Host</title>
<iframe width=320 height=700 frameborder=0 src="{src}"></iframe>"""
ELEMENT = """<!doctype html><meta charset=utf-8><title>Host</title>
<script src="{home}/embed.js"></script>
<script>addEventListener("imd:ready", ({{ detail }}) => (window.ready = detail.height))</script>
<imd-widget widget="countdown"></imd-widget>"""
FITS = "document.documentElement.scrollHeight <= innerHeight + 1"
SEEN = "[...document.images].every((image) => image.complete && image.naturalWidth > 0)"


@pytest.fixture
def sandboxed(tab, origins):
    def visit(path):
        origins.html = AROUND.format(src=origins.home + path, secret=SECRET)
        tab.visit(origins.host)
        tab.wait("window.told > 200")
        return tab

    return visit


@pytest.mark.parametrize("path", PATHS)
def test_frame_is_as_high_as_its_content(sandboxed, path):
    tab = sandboxed(path)
    with tab.inside():
        tab.wait(FITS)


def test_frame_in_a_background_tab_sends_its_height(tab, origins):
    src = origins.home + "/w/countdown"
    origins.html = f"<div id=tab hidden>{AROUND.format(src=src, secret=SECRET)}</div>"
    tab.visit(origins.host)
    tab.evaluate("tab.hidden = false")
    tab.wait("window.told > 200")


@pytest.mark.parametrize("path", ["/w/posters", "/w/share", "/w/events"])
def test_images_load_in_a_sandbox(sandboxed, path):
    tab = sandboxed(path)
    with tab.inside():
        tab.wait(SEEN)


def test_numbers_refresh_in_a_sandbox(sandboxed):
    tab = sandboxed("/w/counter/convention")
    with tab.inside():
        assert tab.awaits("fetch(location).then((answer) => answer.status)") == 200


@pytest.mark.parametrize("lang", ["en", "ar", "my"])
@pytest.mark.parametrize("path", PATHS)
def test_no_widget_is_wider_than_a_phone(tab, origins, path, lang):
    origins.html = PHONE.format(src=f"{origins.home}{path}?lang={lang}")
    tab.visit(origins.host)
    with tab.inside():
        assert tab.evaluate("innerWidth") == 320
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320


def test_element_shows_its_widget(tab, origins):
    origins.html = ELEMENT.format(home=origins.home)
    tab.visit(origins.host)
    height = tab.wait("window.ready")
    assert (
        tab.evaluate('document.querySelector("imd-widget").getBoundingClientRect().height')
        == height
    )
