"""What only a browser can say: policies, sandboxes, keyboards, forms."""

import pytest
from opened import FRAMED, PAGES, order_form
from playwright.sync_api import Page, expect

from imd_widgets.embedding.snippet import SANDBOX

GROUND = {"light": "rgb(255, 194, 26)", "dark": "rgb(17, 19, 58)"}
FOCUSED = "(e => [e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)"
pytestmark = pytest.mark.browser


def fill(page: Page, email: str = "sample@example.org") -> None:
    page.locator("[name=name]").fill("Sample Person")
    page.locator("[name=email]").fill(email)


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_styles_and_scripts_pass_their_policy(same_page, address, path):
    same_page.goto(address + path)
    ground = same_page.locator("html" if path in FRAMED else ".band")
    assert ground.evaluate("e => getComputedStyle(e).backgroundColor") == GROUND["light"]


@pytest.mark.parametrize("path", FRAMED)
def test_auto_follows_the_scheme_and_a_choice_does_not(page, address, path):
    page.emulate_media(color_scheme="dark")
    for theme, ground in (("auto", "dark"), ("light", "light"), ("dark", "dark")):
        page.goto(f"{address}{path}?theme={theme}")
        colour = page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor")
        assert colour == GROUND[ground]


def test_language_menu_opens_by_keyboard_without_javascript(bare, address):
    bare.goto(f"{address}/petitions/convention")
    arabic = bare.get_by_role("link", name="العربية")
    expect(arabic).to_be_hidden()
    bare.locator(".tongues summary").focus()
    bare.keyboard.press("Enter")
    expect(arabic).to_be_visible()
    arabic.focus()
    bare.keyboard.press("Enter")
    expect(bare.locator("html")).to_have_attribute("dir", "rtl")


def test_person_signs_and_confirms_without_javascript(bare, address, campaign):
    bare.goto(f"{address}/petitions/convention?lang=es")
    fill(bare)
    bare.locator("[name=country]").select_option("KE")
    bare.get_by_role("button", name="Firmar").press("Enter")
    expect(bare.locator("h1")).to_have_text("Un paso más")
    bare.goto(f"{address}/confirm/good?lang=es")
    bare.get_by_role("button").press("Enter")
    expect(bare.locator("h1")).to_have_text("Tu nombre cuenta. ¡Gracias!")
    assert campaign.links["good"] == "confirmed"


def test_errors_get_the_focus_and_link_to_their_fields(bare, address, campaign, refuse):
    campaign.refusal = refuse("email")
    bare.goto(f"{address}/petitions/convention")
    fill(bare, email="nothing")
    bare.get_by_role("button", name="Sign").click()
    expect(bare.locator(":focus")).to_have_attribute("id", "errors")
    bare.locator("#errors a").press("Enter")
    expect(bare.locator("#email")).to_have_value("nothing")
    expect(bare.locator("#email:target")).to_have_count(1)


def test_person_registers_for_an_event(page, address, campaign):
    page.goto(f"{address}/events/evt_1")
    fill(page)
    page.locator("[name=guests]").select_option("2")
    page.get_by_role("button", name="Tell the host").click()
    expect(page.locator("h1")).to_have_text("Your place is confirmed")
    assert campaign.received[0]["guests"] == 2


def test_a_page_with_a_form_cannot_be_framed(chromium, address):
    page = chromium.new_page()
    page.set_content(f'<iframe src="{address}/petitions/convention"></iframe>')
    page.wait_for_timeout(500)
    assert page.frame_locator("iframe").locator("form").count() == 0
    page.close()


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_every_control_shows_its_focus(same_page, address, path):
    same_page.goto(address + path)
    for _ in range(12):
        same_page.keyboard.press("Tab")
        tag, outline = same_page.evaluate(FOCUSED)
        assert outline == "solid" or tag in {"BODY", "IFRAME"}


def test_person_orders_prints_without_javascript(bare, address, campaign):
    bare.goto(f"{address}/posters/many-paths?lang=es")
    order_form(bare)
    expect(bare.locator("h1")).to_have_text("Reservado para ti")
    fill(bare)
    bare.locator("[name=lines]").fill("1 Sample Street\nSample House")
    bare.locator("[name=locality]").fill("Sampletown")
    bare.locator("[name=country]").select_option("KE")
    bare.get_by_role("button").press("Enter")
    expect(bare.locator("h1")).to_have_text("Tu pedido ha llegado")
    assert bare.url == f"{address}/orders/ord_secret?lang=es"
    assert campaign.received[-1]["address"]["lines"] == ["1 Sample Street", "Sample House"]


def hold_calls(campaign) -> list[str]:
    return [asked for asked in campaign.asked if asked.endswith("/reservations")]


def test_reloaded_reservation_is_the_same(bare, address, campaign):
    bare.goto(f"{address}/posters/many-paths")
    order_form(bare)
    expect(bare.locator("h1")).to_have_text("Reserved for you")
    bare.reload()
    expect(bare.locator("h1")).to_have_text("Reserved for you")
    assert len(hold_calls(campaign)) == 2
    assert len(campaign.holds) == 1


def test_editions_can_be_chosen_by_keyboard(page, address):
    page.goto(f"{address}/posters/many-paths")
    page.locator("[value=open]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[value=limited]")).to_be_checked()


def test_image_reserves_its_space_before_it_loads(page, address):
    page.route("**/files/*", lambda _route: None)
    page.set_viewport_size({"width": 600, "height": 600})
    page.goto(f"{address}/w/posters", wait_until="commit")
    page.wait_for_selector("footer")
    box = page.locator(".picture").bounding_box()
    assert box["height"] / box["width"] == pytest.approx(952 / 680, abs=0.01)


def test_hostile_image_opened_alone_runs_no_script(chromium, address, campaign):
    campaign.files["many-paths.svg"] = (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>"
        b"document.documentElement.id = 'ran'</script></svg>"
    )
    page = chromium.new_page()
    page.goto(f"{address}/posters/many-paths/files/many-paths.svg")
    assert page.evaluate("document.documentElement.id") == ""
    page.close()


@pytest.mark.parametrize("path", ["/w/event-list", "/w/posters"])
def test_every_link_of_a_widget_is_reached_by_keyboard(page, address, path):
    page.goto(address + path)
    links = page.locator("a").count()
    reached = set()
    for _ in range(links + 2):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert reached >= set(
        page.locator("a").evaluate_all("es => es.map(e => e.getAttribute('href'))")
    )


def framed(page: Page, address: str, path: str):
    page.set_content(
        f'<iframe src="{address}{path}" width="600" height="900" sandbox="{SANDBOX}"></iframe>'
    )
    return page.frame_locator("iframe")


def test_sandboxed_widget_opens_the_calendar_page(chromium, page, address):
    begun: list[str] = []
    browser = chromium.new_browser_cdp_session()
    browser.send("Browser.setDownloadBehavior", {"behavior": "deny", "eventsEnabled": True})
    browser.on("Browser.downloadWillBegin", lambda said: begun.append(said["suggestedFilename"]))
    framed(page, address, "/w/event-list").get_by_role("link", name="Add to calendar").click()
    for _ in range(100):
        if begun:
            break
        page.wait_for_timeout(100)
    assert begun == ["18-december.ics"]


def test_sandboxed_widget_shows_the_poster(page, address):
    picture = framed(page, address, "/w/posters").locator("img")
    expect(picture).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert picture.evaluate("img => img.complete && img.naturalWidth") > 0


def test_message_is_copied_in_a_cross_origin_frame(chromium, address):
    page = chromium.new_page()
    page.set_content(
        f'<iframe src="{address}/w/share" width="600" height="930"'
        ' sandbox="allow-scripts"></iframe>'
        "<textarea id=pasted></textarea>"
    )
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Copy the text").first.click()
    expect(frame.get_by_role("status")).to_have_text("Copied")
    page.locator("#pasted").press("Control+v")
    assert "#ManyPaths" in page.locator("#pasted").input_value()
    page.close()


def test_message_can_be_selected_without_javascript(bare, address):
    bare.goto(f"{address}/w/share")
    field = bare.get_by_label("Message 1 of 2")
    field.press("Control+a")
    assert "#ManyPaths" in field.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)")
    expect(bare.locator("button").first).to_be_hidden()


def test_no_request_to_a_network_before_a_click(page, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/w/share")
    page.wait_for_load_state("networkidle")
    assert asked == [f"{address}/w/share"]


def test_reader_reaches_their_mastodon_server_without_javascript(bare, address):
    went: list[str] = []
    bare.context.route(
        "https://social.example/**",
        lambda route: (went.append(route.request.url), route.fulfill(body="Share")),
    )
    bare.goto(f"{address}/share/mastodon/convention")
    bare.get_by_label("Name of your server").fill("@sample@social.example")
    bare.get_by_role("button", name="Go to my server").click()
    expect(bare.locator("body")).to_have_text("Share")
    assert went[0].startswith("https://social.example/share?text=A%20border%20takes%20no")
