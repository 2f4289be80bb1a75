"""/embed.js on other people's pages: exact frames, and the element."""

import pytest

from imd_widgets.embedding.snippet import SANDBOX

pytestmark = pytest.mark.browser

RECORD = """<script>
window.messages = []; window.told = []; window.shifts = [];
addEventListener('message', ({data}) => messages.push(data));
for (const name of ['imd:ready', 'imd:resize']) addEventListener(name, ({detail, target}) =>
    told.push([name, target.localName, detail.height]));
new PerformanceObserver(list => shifts.push(...list.getEntries().map(e => e.value)))
    .observe({type: 'layout-shift', buffered: true});
</script>"""
SCROLLS = "document.documentElement.scrollHeight - innerHeight"
ROOM = {"counter": 510, "events": 970}
EXACT = """(({scrollHeight}, content) =>
    scrollHeight === innerHeight && innerHeight - content >= 0 && innerHeight - content < 2
)(document.documentElement, document.documentElement.getBoundingClientRect().height)"""
ISOLATED = {
    "cross_origin_embedder_policy": "require-corp",
    "cross_origin_opener_policy": "same-origin",
}


def page_with(grounds, body: str, style: str = "") -> str:
    loader = f'<script async src="{grounds.home}/embed.js"></script>'
    return f"<style>{style}</style>{RECORD}{loader}<p>Before</p>{body}<p id=after>After</p>"


def frame(grounds, path: str, **attributes: object) -> str:
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<iframe src="{grounds.home}{path}" width="100%" sandbox="{SANDBOX}" {said}></iframe>'


def element(**attributes: str) -> str:
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<imd-widget {said}><a href="/petition">Add your name</a></imd-widget>'


def has_exact_height(seen) -> None:
    waits = 0
    while not seen.page.frames[1].evaluate(EXACT):
        seen.page.wait_for_timeout(50)
        waits += 1
        assert waits < 100, "the frame has another height than its content"


def ready(seen, count: int = 1) -> None:
    seen.page.wait_for_function(f"told.filter(([name]) => name === 'imd:ready').length >= {count}")
    seen.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/countdown", "/w/events"])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 600])
def test_frame_gets_its_exact_height(visit, grounds, path, lang, width):
    seen = visit(page_with(grounds, frame(grounds, f"{path}?lang={lang}", height=150)), width=width)
    ready(seen)
    has_exact_height(seen)


@pytest.mark.parametrize("sizing", ["border-box", "content-box"])
def test_frame_with_a_border_gets_its_exact_height(visit, grounds, sizing):
    style = f"*{{box-sizing:{sizing}}}iframe{{border:5px solid}}"
    seen = visit(page_with(grounds, frame(grounds, "/w/countdown", height=150), style))
    ready(seen)
    has_exact_height(seen)


def test_frame_older_than_the_script_gets_its_exact_height(visit, grounds):
    seen = visit(f"{RECORD}{frame(grounds, '/w/countdown', height=150)}")
    seen.heard("m.type === 'imd:height'")
    seen.page.wait_for_load_state("networkidle")
    seen.page.add_script_tag(url=f"{grounds.home}/embed.js")
    ready(seen)
    has_exact_height(seen)


def test_frames_of_other_sites_are_unchanged(visit, grounds):
    other = "data:text/html,<script>parent.postMessage({type:'imd:height',height:900},'*')</script>"
    body = f'{frame(grounds, "/w/countdown")}<iframe src="{other}" height="150"></iframe>'
    seen = visit(page_with(grounds, body))
    seen.heard("m.height === 900")
    ready(seen)
    assert seen.page.locator("iframe").nth(1).evaluate("e => e.offsetHeight") == 154
    assert 900 not in [height for _, _, height in seen.page.evaluate("told")]


@pytest.mark.parametrize("width", [320, 600, 1200])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("widget", ["counter", "events"])
def test_element_shows_the_widget_without_layout_shift(visit, grounds, widget, lang, width):
    style = f"imd-widget:not(:defined){{display:block;min-height:{ROOM[widget]}px}}"
    seen = visit(page_with(grounds, element(widget=widget, lang=lang), style), width=width)
    ready(seen)
    assert seen.page.frame_locator("iframe").locator("main").is_visible()
    assert seen.page.frames[1].evaluate(SCROLLS) == 0
    assert seen.page.evaluate("shifts") == []


@pytest.mark.parametrize("widget", ["counter", "events"])
def test_element_reserves_its_height_if_the_script_loads_first(visit, grounds, widget):
    html = page_with(grounds, element(widget=widget)).replace("<script async", "<script")
    seen = visit(html, width=600)
    ready(seen)
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("shifts") == []


def test_element_frame_is_sandboxed_lazy_and_titled(visit, grounds):
    seen = visit(page_with(grounds, element(widget="countdown", lang="fr")))
    ready(seen)
    assert seen.page.locator("imd-widget iframe").evaluate(
        "e => [e.getAttribute('sandbox'), e.loading, e.referrerPolicy, e.title]"
    ) == [SANDBOX, "lazy", "no-referrer", "Compte à rebours"]


def test_attributes_are_the_options_of_the_widget(visit, grounds):
    body = element(
        widget="countdown", lang="ar", theme="dark", zone="Asia/Beirut", id="x", title="y"
    )
    seen = visit(page_with(grounds, body))
    ready(seen)
    address = f"{grounds.home}/w/countdown?lang=ar&theme=dark&zone=Asia%2FBeirut"
    assert seen.page.frames[1].url == address


@pytest.mark.parametrize(("page", "spoken"), [("fr-CA", "fr"), ("ar", "ar"), ("de", "en")])
def test_element_without_a_language_uses_the_pages(visit, grounds, page, spoken):
    seen = visit(page_with(grounds, f'<div lang="{page}">{element(widget="countdown")}</div>'))
    ready(seen)
    assert seen.page.frames[1].url == f"{grounds.home}/w/countdown?lang={spoken}"


def test_element_in_a_shadow_root_has_the_pages_language_and_events(visit, grounds):
    seen = visit(page_with(grounds, '<div id="shade" lang="fr"></div>'))
    seen.page.evaluate(
        "(html) => { shade.attachShadow({ mode: 'open' }).innerHTML = html; }",
        element(widget="countdown"),
    )
    ready(seen)
    assert seen.page.frames[1].url == f"{grounds.home}/w/countdown?lang=fr"
    assert seen.page.evaluate("told.map(([, target]) => target)") == ["div"]


def test_changed_attributes_make_one_new_frame_and_no_history_entry(visit, grounds):
    seen = visit(page_with(grounds, element(widget="counter")))
    ready(seen)
    steps = seen.page.evaluate("history.length")
    seen.page.evaluate(
        "(e => { e.lang = 'es'; e.setAttribute('theme', 'dark'); })"
        "(document.querySelector('imd-widget'))"
    )
    ready(seen, 2)
    asked = [url for url in seen.asked if "/w/counter" in url]
    assert asked[1:] == [f"{grounds.home}/w/counter/convention?lang=es&theme=dark"]
    assert seen.page.locator("imd-widget iframe").count() == 1
    assert seen.page.evaluate("history.length") == steps


def test_removed_element_cleans_up_and_works_again_when_reinserted(visit, grounds):
    seen = visit(page_with(grounds, element(widget="counter")))
    ready(seen)
    seen.page.evaluate("window.taken = document.querySelector('imd-widget'); taken.remove()")
    seen.page.wait_for_function("window.length === 0")
    assert seen.page.evaluate("taken.shadowRoot.querySelector('iframe')") is None
    seen.page.evaluate("document.body.append(taken)")
    ready(seen, 2)
    assert seen.page.frame_locator("iframe").locator("[data-total]").is_visible()


def test_fallback_link_stays_until_the_widget_loads(visit, grounds):
    seen = visit(page_with(grounds, element(widget="counter")), script=False)
    assert seen.page.get_by_role("link", name="Add your name").is_visible()


def test_fallback_link_stays_when_the_server_is_unreachable(visit, grounds):
    seen = visit("<p>Nothing</p>")
    seen.page.route("**/w/**", lambda route: route.abort())
    seen.page.set_content(page_with(grounds, element(widget="counter")))
    seen.page.wait_for_function("document.querySelector('imd-widget').shadowRoot")
    seen.page.wait_for_timeout(500)
    assert seen.page.get_by_role("link", name="Add your name").is_visible()
    assert seen.page.locator("imd-widget iframe").is_hidden()


def test_fallback_link_is_replaced_by_the_widget(visit, grounds):
    seen = visit(page_with(grounds, element(widget="counter")))
    ready(seen)
    assert seen.page.get_by_role("link", name="Add your name").count() == 0


def test_element_outside_the_viewport_gets_its_exact_height(visit, grounds):
    body = f'<div style="height:1500px"></div>{element(widget="events")}'
    seen = visit(page_with(grounds, body), width=600)
    ready(seen)
    seen.page.locator("imd-widget").scroll_into_view_if_needed()
    has_exact_height(seen)


def test_element_fires_events_when_ready_and_resized(visit, grounds):
    seen = visit(page_with(grounds, element(widget="events", view="world")), width=900)
    ready(seen)
    seen.page.set_viewport_size({"width": 320, "height": 900})
    seen.page.wait_for_function("told.length > 1")
    names = [(name, target) for name, target, _ in seen.page.evaluate("told")]
    assert names[:2] == [("imd:ready", "imd-widget"), ("imd:resize", "imd-widget")]
    assert ("imd:ready", "imd-widget") not in names[1:]


def test_unknown_widget_is_reported_to_the_developer(visit, grounds):
    seen = visit(page_with(grounds, element(widget="clock")))
    seen.page.wait_for_function("document.querySelector('imd-widget').shadowRoot")
    seen.page.wait_for_timeout(100)
    assert "widget is one of counter,countdown,events" in seen.said.pop()
    assert seen.page.get_by_role("link", name="Add your name").is_visible()


@pytest.mark.parametrize(
    "policy",
    [
        {
            "content_security_policy": "default-src 'none'; frame-src {home}; script-src {home};"
            " require-trusted-types-for 'script'"
        },
        {
            "cross_origin_embedder_policy": "require-corp",
            "cross_origin_opener_policy": "same-origin",
        },
    ],
    ids=["strict", "isolated"],
)
def test_element_works_under_a_strict_policy(visit, grounds, policy):
    headers = {name: value.format(home=grounds.home) for name, value in policy.items()}
    loader = f'<script async src="{grounds.home}/embed.js"></script>'
    seen = visit(loader + element(widget="counter"), **headers)
    seen.page.locator("imd-widget iframe").wait_for(state="visible")
    assert seen.page.frame_locator("iframe").locator("[data-total]").is_visible()


def test_script_loaded_twice_runs_once(visit, grounds):
    seen = visit(page_with(grounds, element(widget="counter")))
    ready(seen)
    seen.page.add_script_tag(url=f"{grounds.home}/embed.js?again")
    seen.page.wait_for_timeout(200)
    assert seen.page.locator("imd-widget iframe").count() == 1


def test_loader_and_element_store_nothing(visit, grounds):
    seen = visit(page_with(grounds, element(widget="counter") + frame(grounds, "/w/countdown")))
    ready(seen, 2)
    assert seen.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == [
        "",
        0,
        0,
    ]
