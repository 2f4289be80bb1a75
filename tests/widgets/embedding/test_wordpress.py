"""A WordPress post in Chromium: its filter for oEmbed HTML, and its script for frames."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import httpx
import pytest

pytestmark = pytest.mark.browser

SECRET = "Xy12345678"
KEPT = {
    "a": {"href"},
    "blockquote": set(),
    "iframe": {
        "src",
        "width",
        "height",
        "frameborder",
        "marginwidth",
        "marginheight",
        "scrolling",
        "title",
    },
}
# Like the script of WordPress: shows the frame when it sends a height, follows links to our host.
AROUND = """<script>
window.messages = [];
const frame = document.querySelector('iframe'), quote = document.querySelector('blockquote');
addEventListener('message', ({data, source}) => {
    messages.push(data);
    if (!data.secret || data.secret !== frame.dataset.secret || source !== frame.contentWindow)
        return;
    frame.removeAttribute('style');
    quote.style.display = 'none';
    if (data.message === 'height')
        frame.height = Math.min(1000, Math.max(200, parseInt(data.value, 10)));
    if (data.message === 'link' && new URL(data.value).host === new URL(frame.src).host
        && document.activeElement === frame) top.location.href = data.value;
});
addEventListener('DOMContentLoaded', () =>
    frame.contentWindow.postMessage({message: 'ready', secret: frame.dataset.secret}, '*'));
</script>"""
LATE_STYLE = """<script>document.head.append(Object.assign(document.createElement('link'),
    {rel: 'stylesheet', href: '/late.css', blocking: 'render'}))</script>"""


def pasted(origins, path: str) -> str:
    """Return the HTML of a post into which a URL was pasted."""
    response = httpx.get(f"{origins.home}/oembed", params={"url": origins.home + path}).json()
    Filter().feed(response["html"])
    html = re.sub(
        r'<iframe src="([^"]*)"',
        rf'<iframe sandbox="allow-scripts" security="restricted" data-secret="{SECRET}"'
        rf' style="position:absolute;visibility:hidden" src="\1#?secret={SECRET}"',
        response["html"],
    )
    return f"<p>Before</p>{html}<p>After</p>{AROUND}"


class Filter(HTMLParser):
    """Fails on HTML that WordPress would remove."""

    def handle_starttag(self, tag, attrs):
        assert {name for name, _ in attrs} <= KEPT[tag]


@pytest.mark.parametrize("path", ["/w/counter/convention?updates=off", "/w/countdown?lang=ar"])
def test_wordpress_frame_gets_its_exact_height(visit, origins, path):
    page = visit(pasted(origins, path)).page
    frame = page.locator("iframe")
    frame.wait_for(state="visible")
    page.wait_for_load_state("networkidle")
    inside = page.frames[1].evaluate(
        "[innerHeight, document.documentElement.scrollHeight, innerWidth]"
    )
    assert inside[0] == inside[1]
    assert inside[2] == 600
    assert page.locator("blockquote").is_hidden()


@pytest.mark.parametrize(
    ("path", "status"), [("/w/counter/nothing", "404"), ("/w/countdown?theme=red", "400")]
)
def test_deleted_widget_is_shown_with_an_explanation(visit, origins, path, status):
    host = visit(pasted(origins, "/w/countdown").replace("/w/countdown?lang=en", path))
    host.page.locator("iframe").wait_for(state="visible")
    assert host.page.frame_locator("iframe").locator("h1").is_visible()
    assert status in host.console.pop()


def test_ready_message_gets_the_height_again(visit, origins):
    host = visit(pasted(origins, "/w/countdown"))
    host.wait_for_message("m.message === 'height'")
    host.page.evaluate("messages.length = 0")
    host.page.evaluate(
        f"frame.contentWindow.postMessage({{message:'ready',secret:'{SECRET}'}},'*')"
    )
    host.wait_for_message(f"m.message === 'height' && m.value > 200 && m.secret === '{SECRET}'")


def test_late_first_layout_shows_the_frame(visit, origins):
    host = visit("<p>Nothing</p>")
    origins.html = LATE_STYLE + pasted(origins, "/w/countdown")
    held = []

    def hold(route):
        held.append(route)

    host.page.route("**/late.css", hold)
    host.page.reload(wait_until="domcontentloaded")
    host.page.frames[1].wait_for_load_state()
    held[0].fulfill(body="", content_type="text/css")
    host.page.locator("iframe").wait_for(state="visible")


def test_background_tab_shows_the_frame(visit, origins):
    host = visit(f"<div id=tab hidden>{pasted(origins, '/w/countdown')}</div>")
    host.page.evaluate("tab.hidden = false")
    host.page.locator("iframe").wait_for(state="visible")


def test_late_listener_gets_the_height(visit, origins):
    post = pasted(origins, "/w/countdown")
    host = visit(post.removesuffix(AROUND))
    host.page.frames[1].wait_for_load_state()
    host.page.add_script_tag(content=AROUND.removeprefix("<script>").removesuffix("</script>"))
    host.page.locator("iframe").wait_for(state="visible")


def test_button_opens_the_petition_in_the_whole_page(visit, origins):
    page = visit(pasted(origins, "/w/counter/convention?lang=es")).page
    page.locator("iframe").wait_for(state="visible")
    page.frame_locator("iframe").locator(".act").click()
    page.wait_for_url(f"{origins.home}/petitions/convention?lang=es")


def test_button_after_sunset_opens_the_result(visit, origins):
    post = pasted(origins, "/w/counter/convention")
    context = origins.widgets.state.context
    there = f"{origins.host}/what-came-of-it"
    settings = context.settings.model_copy(update={"sunset_link": there})
    closing_rules = replace(context.closing_rules, sunset=context.clock())
    origins.widgets.state.context = replace(context, settings=settings, closing_rules=closing_rules)
    page = visit(post).page
    page.locator("iframe").wait_for(state="visible")
    with page.expect_request(there) as request:
        page.frame_locator("iframe").locator(".act").click()
    assert request.value.is_navigation_request()


@pytest.mark.parametrize("name", ["X", "Bluesky", "Mastodon", "Facebook", "WhatsApp", "Telegram"])
def test_share_link_goes_through_our_redirect(visit, origins, name):
    page = visit(pasted(origins, "/w/share")).page
    page.locator("iframe").wait_for(state="visible")
    ours = f"{origins.home}/share/{name.lower()}/convention?lang=en&hashtags=show"
    page.route(ours, lambda route: route.fulfill(status=204))
    with page.expect_request(ours) as request:
        page.frame_locator("iframe").get_by_role("link", name=name, exact=True).first.click()
    assert request.value.is_navigation_request()


def test_navigation_in_the_frame_keeps_the_exact_height(visit, origins, campaign):
    page = visit(pasted(origins, "/w/events")).page
    page.locator("iframe").wait_for(state="visible")
    before = page.locator("iframe").bounding_box()["height"]
    page.frame_locator("iframe").get_by_role("link", name="Africa").click()
    page.frame_locator("iframe").get_by_text("See the whole world").wait_for()
    page.wait_for_function(f"frame.getBoundingClientRect().height !== {before}")
    inside = page.frames[1].evaluate("[innerHeight, document.documentElement.scrollHeight]")
    assert inside[0] == inside[1]


def test_link_is_shown_without_javascript(visit, origins):
    page = visit(pasted(origins, "/w/counter/convention"), script=False).page
    assert page.locator("iframe").is_hidden()
    assert page.locator("blockquote a").get_attribute("href") == (
        f"{origins.home}/petitions/convention?lang=en"
    )
