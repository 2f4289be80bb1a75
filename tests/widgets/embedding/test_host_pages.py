"""Other people's pages around a plain frame: their policies, and the words they ask heights in."""

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
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<iframe src="{address}" sandbox="{sandbox}" width="600" height="400" {said}></iframe>'


def shown(seen) -> None:
    seen.page.frame_locator("iframe").locator(".num").wait_for()
    seen.page.wait_for_load_state("networkidle")


def drawn(seen) -> None:
    seen.page.frame_locator("iframe").locator(".map").wait_for()
    seen.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("sandbox", [SANDBOX, "allow-scripts", ""])
def test_widget_works_in_an_opaque_origin(visit, grounds, sandbox):
    seen = visit(framed(f"{grounds.home}/w/counter/convention", sandbox))
    shown(seen)
    frame = seen.page.frames[1]
    assert frame.evaluate("self.origin") == "null"
    assert frame.locator("html").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(255, 194, 26)"
    )
    while not sandbox and seen.said:
        assert "Blocked script execution" in seen.said.pop()


def test_widget_is_one_request_and_stores_nothing(visit, grounds):
    seen = visit(framed(f"{grounds.home}/w/counter/convention"))
    shown(seen)
    assert [url for url in seen.asked if url.startswith(grounds.home)] == [
        f"{grounds.home}/w/counter/convention"
    ]
    assert seen.page.frames[1].evaluate(STORED) == []


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
def test_page_with_a_strict_policy_shows_the_widget(visit, grounds, policy):
    headers = {name: value.format(home=grounds.home) for name, value in policy.items()}
    shown(visit(framed(f"{grounds.home}/w/countdown"), **headers))


def test_widget_is_complete_without_javascript(visit, grounds):
    shown(visit(framed(f"{grounds.home}/w/counter/convention"), script=False))


def test_unframed_widget_sends_no_message(visit, grounds):
    seen = visit(RECORD)
    seen.page.evaluate(f"open('{grounds.home}/w/countdown')")
    seen.page.wait_for_timeout(300)
    assert seen.messages() == []


def test_height_message_has_height_and_title(visit, grounds):
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/countdown?lang=ar')}")
    shown(seen)
    message = seen.messages()[-1]
    height = seen.page.frames[1].evaluate(HEIGHT)
    assert message == {"type": "imd:height", "height": height, "title": "العد التنازلي"}


def test_page_that_requests_nothing_gets_only_the_height_message(visit, grounds):
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/countdown')}")
    shown(seen)
    assert {type(message) for message in seen.messages()} == {dict}
    assert {message.get("type") for message in seen.messages()} == {"imd:height"}


def test_mastodon_gets_the_height(visit, grounds):
    ask = "document.querySelector('iframe').contentWindow.postMessage({type:'setHeight',id:7},'*')"
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/countdown')}")
    shown(seen)
    seen.page.evaluate(ask)
    height = seen.page.frames[1].evaluate(HEIGHT)
    seen.heard(f"m.type === 'setHeight' && m.id === 7 && m.height === {height}")


def test_pym_gets_the_height(visit, grounds):
    query = "initialWidth=600&childId=chart-1&parentTitle=Host&parentUrl=http%3A%2F%2Flocalhost"
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/countdown?lang=es&{query}')}")
    shown(seen)
    height = seen.page.frames[1].evaluate(HEIGHT)
    assert f"pymxPYMxchart-1xPYMxheightxPYMx{height}" in seen.messages()


def test_iframe_resizer_gets_the_height(visit, grounds):
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/events')}")
    drawn(seen)
    seen.page.evaluate(
        "document.querySelector('iframe').contentWindow"
        ".postMessage('[iFrameSizer]frame0:8:false:false:32:true:true:null:bodyOffset:null', '*')"
    )
    height = seen.page.frames[1].evaluate(HEIGHT)
    seen.heard(f"m === '[iFrameSizer]frame0:{height}:600:init'")
    seen.page.evaluate("document.querySelector('iframe').width = 250")
    seen.heard("/^.iFrameSizer.frame0:\\d+:250:size$/.test(m)")


def test_other_frames_cannot_request_the_height(visit, grounds):
    """Only the page around is answered."""
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/countdown')}")
    shown(seen)
    seen.page.evaluate("messages.length = 0")
    other = (
        "data:text/html,<script>parent.frames[0].postMessage({type:'setHeight',id:1},'*')</script>"
    )
    seen.page.evaluate(
        "src => document.body.append(Object.assign(document.createElement('iframe'), {src}))", other
    )
    seen.page.wait_for_timeout(300)
    assert seen.messages() == []


def test_resize_sends_each_height_once(visit, grounds):
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/events')}")
    drawn(seen)
    seen.page.evaluate("messages.length = 0")
    for width in (320, 600, 280, 900, 320):
        seen.page.evaluate(f"document.querySelector('iframe').width = {width}")
        seen.page.wait_for_timeout(200)
    seen.page.wait_for_function("window.messages.length >= 3")
    heights = [message["height"] for message in seen.messages()]
    assert len(heights) <= 5
    assert all(abs(one - other) > 1 for one, other in pairwise(heights))


def test_page_whose_width_follows_the_height_does_not_loop(visit, grounds):
    follow = """<script>addEventListener('message', ({data}) => {
        const frame = document.querySelector('iframe');
        if (frame.height !== String(data.height)) frame.width = 850 - frame.width;
        frame.height = data.height;
    });</script>"""
    seen = visit(f"{RECORD}{framed(f'{grounds.home}/w/events')}{follow}")
    drawn(seen)
    seen.page.wait_for_function("window.messages.length > 9")
    seen.page.wait_for_timeout(1500)
    before = len(seen.messages())
    seen.page.wait_for_timeout(500)
    assert before == len(seen.messages()) < 40
