"""/embed.js on pages of other sites: auto-height frames, and the element."""

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


def page_with(origins, body: str, style: str = "") -> str:
    loader = f'<script async src="{origins.home}/embed.js"></script>'
    return f"<style>{style}</style>{RECORD}{loader}<p>Before</p>{body}<p id=after>After</p>"


def frame(origins, path: str, **attributes: object) -> str:
    attrs = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<iframe src="{origins.home}{path}" width="100%" sandbox="{SANDBOX}" {attrs}></iframe>'


def element(**attributes: str) -> str:
    attrs = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<imd-widget {attrs}><a href="/petition">Add your name</a></imd-widget>'


def has_exact_height(host) -> None:
    waits = 0
    while not host.page.frames[1].evaluate(EXACT):
        host.page.wait_for_timeout(50)
        waits += 1
        assert waits < 100, "the frame has another height than its content"


def ready(host, count: int = 1) -> None:
    host.page.wait_for_function(f"told.filter(([name]) => name === 'imd:ready').length >= {count}")
    host.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/countdown", "/w/events"])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 600])
def test_frame_gets_its_exact_height(visit, origins, path, lang, width):
    host = visit(page_with(origins, frame(origins, f"{path}?lang={lang}", height=150)), width=width)
    ready(host)
    has_exact_height(host)


@pytest.mark.parametrize("sizing", ["border-box", "content-box"])
def test_frame_with_a_border_gets_its_exact_height(visit, origins, sizing):
    style = f"*{{box-sizing:{sizing}}}iframe{{border:5px solid}}"
    host = visit(page_with(origins, frame(origins, "/w/countdown", height=150), style))
    ready(host)
    has_exact_height(host)


def test_frame_older_than_the_script_gets_its_exact_height(visit, origins):
    host = visit(f"{RECORD}{frame(origins, '/w/countdown', height=150)}")
    host.wait_for_message("m.type === 'imd:height'")
    host.page.wait_for_load_state("networkidle")
    host.page.add_script_tag(url=f"{origins.home}/embed.js")
    ready(host)
    has_exact_height(host)


def test_frames_of_other_sites_are_unchanged(visit, origins):
    other = "data:text/html,<script>parent.postMessage({type:'imd:height',height:900},'*')</script>"
    body = f'{frame(origins, "/w/countdown")}<iframe src="{other}" height="150"></iframe>'
    host = visit(page_with(origins, body))
    host.wait_for_message("m.height === 900")
    ready(host)
    assert host.page.locator("iframe").nth(1).evaluate("e => e.offsetHeight") == 154
    assert 900 not in [height for _, _, height in host.page.evaluate("told")]


@pytest.mark.parametrize("width", [320, 600, 1200])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("widget", ["counter", "events"])
def test_element_shows_the_widget_without_layout_shift(visit, origins, widget, lang, width):
    style = f"imd-widget:not(:defined){{display:block;min-height:{ROOM[widget]}px}}"
    host = visit(page_with(origins, element(widget=widget, lang=lang), style), width=width)
    ready(host)
    assert host.page.frame_locator("iframe").locator("main").is_visible()
    assert host.page.frames[1].evaluate(SCROLLS) == 0
    assert host.page.evaluate("shifts") == []


@pytest.mark.parametrize("widget", ["counter", "events"])
def test_element_reserves_its_height_if_the_script_loads_first(visit, origins, widget):
    html = page_with(origins, element(widget=widget)).replace("<script async", "<script")
    host = visit(html, width=600)
    ready(host)
    host.page.wait_for_timeout(200)
    assert host.page.evaluate("shifts") == []


def test_element_frame_is_sandboxed_lazy_and_titled(visit, origins):
    host = visit(page_with(origins, element(widget="countdown", lang="fr")))
    ready(host)
    assert host.page.locator("imd-widget iframe").evaluate(
        "e => [e.getAttribute('sandbox'), e.loading, e.referrerPolicy, e.title]"
    ) == [SANDBOX, "lazy", "no-referrer", "Compte à rebours"]


def test_attributes_are_the_options_of_the_widget(visit, origins):
    body = element(
        widget="countdown", lang="ar", theme="dark", zone="Asia/Beirut", id="x", title="y"
    )
    host = visit(page_with(origins, body))
    ready(host)
    address = f"{origins.home}/w/countdown?lang=ar&theme=dark&zone=Asia%2FBeirut"
    assert host.page.frames[1].url == address


@pytest.mark.parametrize(
    ("page", "spoken"), [("fr-CA", "fr"), ("ar", "ar"), ("de", "en"), ("tl", "fil")]
)
def test_element_without_a_language_uses_the_pages(visit, origins, page, spoken):
    host = visit(page_with(origins, f'<div lang="{page}">{element(widget="countdown")}</div>'))
    ready(host)
    assert host.page.frames[1].url == f"{origins.home}/w/countdown?lang={spoken}"


def test_element_in_a_shadow_root_has_the_pages_language_and_events(visit, origins):
    host = visit(page_with(origins, '<div id="shade" lang="fr"></div>'))
    host.page.evaluate(
        "(html) => { shade.attachShadow({ mode: 'open' }).innerHTML = html; }",
        element(widget="countdown"),
    )
    ready(host)
    assert host.page.frames[1].url == f"{origins.home}/w/countdown?lang=fr"
    assert host.page.evaluate("told.map(([, target]) => target)") == ["div"]


def test_changed_attributes_make_one_new_frame_and_no_history_entry(visit, origins):
    host = visit(page_with(origins, element(widget="counter")))
    ready(host)
    steps = host.page.evaluate("history.length")
    host.page.evaluate(
        "(e => { e.lang = 'es'; e.setAttribute('theme', 'dark'); })"
        "(document.querySelector('imd-widget'))"
    )
    ready(host, 2)
    requests = [url for url in host.requests if "/w/counter" in url]
    assert requests[1:] == [f"{origins.home}/w/counter/convention?lang=es&theme=dark"]
    assert host.page.locator("imd-widget iframe").count() == 1
    assert host.page.evaluate("history.length") == steps


def test_removed_element_cleans_up_and_works_again_when_reinserted(visit, origins):
    host = visit(page_with(origins, element(widget="counter")))
    ready(host)
    host.page.evaluate("window.taken = document.querySelector('imd-widget'); taken.remove()")
    host.page.wait_for_function("window.length === 0")
    assert host.page.evaluate("taken.shadowRoot.querySelector('iframe')") is None
    host.page.evaluate("document.body.append(taken)")
    ready(host, 2)
    assert host.page.frame_locator("iframe").locator("[data-total]").is_visible()


def test_fallback_link_stays_until_the_widget_loads(visit, origins):
    host = visit(page_with(origins, element(widget="counter")), script=False)
    assert host.page.get_by_role("link", name="Add your name").is_visible()


def test_fallback_link_stays_when_the_server_is_unreachable(visit, origins):
    host = visit("<p>Nothing</p>")
    host.page.route("**/w/**", lambda route: route.abort())
    host.page.set_content(page_with(origins, element(widget="counter")))
    host.page.wait_for_function("document.querySelector('imd-widget').shadowRoot")
    host.page.wait_for_timeout(500)
    assert host.page.get_by_role("link", name="Add your name").is_visible()
    assert host.page.locator("imd-widget iframe").is_hidden()


def test_fallback_link_is_replaced_by_the_widget(visit, origins):
    host = visit(page_with(origins, element(widget="counter")))
    ready(host)
    assert host.page.get_by_role("link", name="Add your name").count() == 0


def test_element_outside_the_viewport_gets_its_exact_height(visit, origins):
    body = f'<div style="height:1500px"></div>{element(widget="events")}'
    host = visit(page_with(origins, body), width=600)
    ready(host)
    host.page.locator("imd-widget").scroll_into_view_if_needed()
    has_exact_height(host)


def test_element_fires_events_when_ready_and_resized(visit, origins):
    host = visit(page_with(origins, element(widget="events", view="world")), width=900)
    ready(host)
    host.page.set_viewport_size({"width": 320, "height": 900})
    host.page.wait_for_function("told.length > 1")
    names = [(name, target) for name, target, _ in host.page.evaluate("told")]
    assert names[:2] == [("imd:ready", "imd-widget"), ("imd:resize", "imd-widget")]
    assert ("imd:ready", "imd-widget") not in names[1:]


def test_unknown_widget_is_reported_to_the_developer(visit, origins):
    host = visit(page_with(origins, element(widget="clock")))
    host.page.wait_for_function("document.querySelector('imd-widget').shadowRoot")
    host.page.wait_for_timeout(100)
    assert "widget is one of counter,countdown,events" in host.console.pop()
    assert host.page.get_by_role("link", name="Add your name").is_visible()


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
def test_element_works_under_a_strict_policy(visit, origins, policy):
    headers = {name: value.format(home=origins.home) for name, value in policy.items()}
    loader = f'<script async src="{origins.home}/embed.js"></script>'
    host = visit(loader + element(widget="counter"), **headers)
    host.page.locator("imd-widget iframe").wait_for(state="visible")
    assert host.page.frame_locator("iframe").locator("[data-total]").is_visible()


def test_script_loaded_twice_runs_once(visit, origins):
    host = visit(page_with(origins, element(widget="counter")))
    ready(host)
    host.page.add_script_tag(url=f"{origins.home}/embed.js?again")
    host.page.wait_for_timeout(200)
    assert host.page.locator("imd-widget iframe").count() == 1


def test_loader_and_element_store_nothing(visit, origins):
    host = visit(page_with(origins, element(widget="counter") + frame(origins, "/w/countdown")))
    ready(host, 2)
    assert host.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == [
        "",
        0,
        0,
    ]
