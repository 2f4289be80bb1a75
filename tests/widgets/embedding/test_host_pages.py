"""Frames in pages of other sites: security policies, and messages for the height."""

from itertools import pairwise

import pytest

from imd_widgets.embedding.snippet import SANDBOX

pytestmark = pytest.mark.browser

RECORD = """<script>
window.messages = [];
addEventListener('message', ({data}) => messages.push(data));
</script>"""
HEIGHT = "Math.ceil(document.documentElement.getBoundingClientRect().height)"
STORED = """(() => {
    const tries = {cookie: () => document.cookie, local: () => localStorage.length,
        session: () => sessionStorage.length, databases: () => indexedDB.open('a')};
    return Object.entries(tries).filter(([, look]) => {
        try { look(); return true; } catch { return false; }
    }).map(([name]) => name);
})()"""


def framed(address: str, sandbox: str = SANDBOX, **attributes: object) -> str:
    attrs = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<iframe src="{address}" sandbox="{sandbox}" width="600" height="400" {attrs}></iframe>'


def wait_for_number(host) -> None:
    host.page.frame_locator("iframe").locator(".num").wait_for()
    host.page.wait_for_load_state("networkidle")


def wait_for_map(host) -> None:
    host.page.frame_locator("iframe").locator(".map").wait_for()
    host.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("sandbox", [SANDBOX, "allow-scripts", ""])
def test_widget_works_in_an_opaque_origin(visit, origins, sandbox):
    host = visit(framed(f"{origins.home}/w/counter/convention", sandbox))
    wait_for_number(host)
    frame = host.page.frames[1]
    assert frame.evaluate("self.origin") == "null"
    assert frame.locator("html").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(255, 194, 26)"
    )
    while not sandbox and host.console:
        assert "Blocked script execution" in host.console.pop()


def test_widget_is_one_request_and_stores_nothing(visit, origins):
    host = visit(framed(f"{origins.home}/w/counter/convention"))
    wait_for_number(host)
    assert [url for url in host.requests if url.startswith(origins.home)] == [
        f"{origins.home}/w/counter/convention"
    ]
    assert host.page.frames[1].evaluate(STORED) == []


@pytest.mark.parametrize(
    "policy",
    [
        {"content_security_policy": "default-src 'none'; frame-src {home}"},
        {
            "cross_origin_embedder_policy": "require-corp",
            "cross_origin_opener_policy": "same-origin",
        },
        {"content_security_policy": "default-src 'none'; frame-src {home}; sandbox allow-scripts"},
    ],
    ids=["strict", "isolated", "sandboxed"],
)
def test_page_with_a_strict_policy_shows_the_widget(visit, origins, policy):
    headers = {name: value.format(home=origins.home) for name, value in policy.items()}
    wait_for_number(visit(framed(f"{origins.home}/w/countdown"), **headers))


def test_widget_is_complete_without_javascript(visit, origins):
    wait_for_number(visit(framed(f"{origins.home}/w/counter/convention"), script=False))


def test_unframed_widget_sends_no_message(visit, origins):
    host = visit(RECORD)
    host.page.evaluate(f"open('{origins.home}/w/countdown')")
    host.page.wait_for_timeout(300)
    assert host.messages() == []


def test_height_message_has_height_and_title(visit, origins):
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/countdown?lang=ar')}")
    wait_for_number(host)
    message = host.messages()[-1]
    height = host.page.frames[1].evaluate(HEIGHT)
    assert message == {"type": "imd:height", "height": height, "title": "العد التنازلي"}


def test_page_that_requests_nothing_gets_only_the_height_message(visit, origins):
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/countdown')}")
    wait_for_number(host)
    assert {type(message) for message in host.messages()} == {dict}
    assert {message.get("type") for message in host.messages()} == {"imd:height"}


def test_mastodon_gets_the_height(visit, origins):
    ask = "document.querySelector('iframe').contentWindow.postMessage({type:'setHeight',id:7},'*')"
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/countdown')}")
    wait_for_number(host)
    host.page.evaluate(ask)
    height = host.page.frames[1].evaluate(HEIGHT)
    host.wait_for_message(f"m.type === 'setHeight' && m.id === 7 && m.height === {height}")


def test_pym_gets_the_height(visit, origins):
    query = "initialWidth=600&childId=chart-1&parentTitle=Host&parentUrl=http%3A%2F%2Flocalhost"
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/countdown?lang=es&{query}')}")
    wait_for_number(host)
    height = host.page.frames[1].evaluate(HEIGHT)
    assert f"pymxPYMxchart-1xPYMxheightxPYMx{height}" in host.messages()


def test_iframe_resizer_gets_the_height(visit, origins):
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/events')}")
    wait_for_map(host)
    host.page.evaluate(
        "document.querySelector('iframe').contentWindow"
        ".postMessage('[iFrameSizer]frame0:8:false:false:32:true:true:null:bodyOffset:null', '*')"
    )
    height = host.page.frames[1].evaluate(HEIGHT)
    host.wait_for_message(f"m === '[iFrameSizer]frame0:{height}:600:init'")
    host.page.evaluate("document.querySelector('iframe').width = 250")
    host.wait_for_message("/^.iFrameSizer.frame0:\\d+:250:size$/.test(m)")


def test_other_frames_cannot_request_the_height(visit, origins):
    """Only the parent page gets a reply."""
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/countdown')}")
    wait_for_number(host)
    host.page.evaluate("messages.length = 0")
    other = (
        "data:text/html,<script>parent.frames[0].postMessage({type:'setHeight',id:1},'*')</script>"
    )
    host.page.evaluate(
        "src => document.body.append(Object.assign(document.createElement('iframe'), {src}))", other
    )
    host.page.wait_for_timeout(300)
    assert host.messages() == []


def test_resize_sends_each_height_once(visit, origins):
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/events')}")
    wait_for_map(host)
    host.page.evaluate("messages.length = 0")
    for width in (320, 600, 280, 900, 320):
        host.page.evaluate(f"document.querySelector('iframe').width = {width}")
        host.page.wait_for_timeout(200)
    host.page.wait_for_function("window.messages.length >= 3")
    heights = [message["height"] for message in host.messages()]
    assert len(heights) <= 5
    assert all(abs(one - other) > 1 for one, other in pairwise(heights))


def test_page_whose_width_follows_the_height_does_not_loop(visit, origins):
    follow = """<script>addEventListener('message', ({data}) => {
        const frame = document.querySelector('iframe');
        if (frame.height !== String(data.height)) frame.width = 850 - frame.width;
        frame.height = data.height;
    });</script>"""
    host = visit(f"{RECORD}{framed(f'{origins.home}/w/events')}{follow}")
    wait_for_map(host)
    host.page.wait_for_function("window.messages.length > 1")
    host.page.wait_for_timeout(1500)
    before = len(host.messages())
    host.page.wait_for_timeout(500)
    assert before == len(host.messages()) < 40
