"""Tests that need a browser: policies, sandboxes, keyboards, forms."""

import pytest
from browser_paths import FRAMED, PAGES, reserve_prints
from playwright.sync_api import Page, expect

from imd_sdk.testing import Rejected
from imd_widgets.embedding.snippet import SANDBOX

GROUND = {"light": "rgb(255, 194, 26)", "dark": "rgb(17, 19, 58)"}
FOCUSED = "(e => [e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)"
CONFIRM = "POST /v1/confirmations/{token}"
pytestmark = pytest.mark.browser


def fill(page: Page, email: str = "sample@example.org") -> None:
    page.locator("[name=name]").fill("Sample Person")
    page.locator("[name=email]").fill(email)


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_styles_and_scripts_pass_their_policy(shared_page, server_url, path):
    shared_page.goto(server_url + path)
    ground = shared_page.locator("html" if path in FRAMED else ".band")
    assert ground.evaluate("e => getComputedStyle(e).backgroundColor") == GROUND["light"]


@pytest.mark.parametrize("path", FRAMED)
def test_auto_follows_the_scheme_and_a_choice_does_not(page, server_url, path):
    page.emulate_media(color_scheme="dark")
    for theme, ground in (("auto", "dark"), ("light", "light"), ("dark", "dark")):
        page.goto(f"{server_url}{path}?theme={theme}")
        colour = page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor")
        assert colour == GROUND[ground]


def test_language_menu_opens_by_keyboard_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/petitions/convention")
    arabic = no_js_page.get_by_role("link", name="العربية")
    expect(arabic).to_be_hidden()
    no_js_page.locator(".tongues summary").focus()
    no_js_page.keyboard.press("Enter")
    expect(arabic).to_be_visible()
    arabic.focus()
    no_js_page.keyboard.press("Enter")
    expect(no_js_page.locator("html")).to_have_attribute("dir", "rtl")


def test_person_signs_and_confirms_without_javascript(no_js_page, server_url, campaign):
    no_js_page.goto(f"{server_url}/petitions/convention?lang=es")
    fill(no_js_page)
    no_js_page.locator("[name=country]").select_option("KE")
    no_js_page.get_by_role("button", name="Firmar").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("Un paso más")
    no_js_page.goto(f"{server_url}/confirm/good?lang=es")
    no_js_page.get_by_label("Mostrar mi nombre").press("Space")
    no_js_page.get_by_role("button", name="Sí, que cuente mi nombre").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("Tu nombre cuenta. ¡Gracias!")
    assert (campaign.signature.public, campaign.signature.updates) == (True, False)


def test_signer_shares_a_message_without_javascript(no_js_page, server_url, campaign):
    campaign.client().confirmations.confirm("good")
    no_js_page.goto(f"{server_url}/confirm/good")
    no_js_page.get_by_text("Message 2 of 2").click()
    link = no_js_page.get_by_role("link", name="WhatsApp").last
    expect(link).to_be_visible()
    assert "Every%20family" in link.get_attribute("href")


def test_person_confirms_with_the_code_without_javascript(no_js_page, server_url, campaign):
    no_js_page.goto(f"{server_url}/petitions/convention")
    fill(no_js_page)
    no_js_page.locator("[name=country]").select_option("KE")
    no_js_page.get_by_role("button", name="Sign").press("Enter")
    no_js_page.get_by_role("link", name="Enter the code from the e-mail instead").press("Enter")
    no_js_page.get_by_label("Your e-mail address").fill(campaign.mail[0].to)
    no_js_page.get_by_label("Code from the e-mail").fill(campaign.mail[0].code)
    no_js_page.get_by_role("button", name="Continue").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("Confirm your signature")
    assert no_js_page.url == f"{server_url}/confirm/{campaign.mail[0].token}?lang=en"


def test_person_rejects_and_allows_emails_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/confirm/good?lang=ar")
    no_js_page.get_by_role("button", name="لم أكن أنا").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("حُذف ما أُدخل")
    no_js_page.get_by_role("button").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("البريد مسموح به من جديد")
    assert no_js_page.url == f"{server_url}/confirm/good/allowed?lang=ar"


def test_errors_get_the_focus_and_link_to_their_fields(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/petitions/convention")
    fill(no_js_page, email="nothing")
    no_js_page.locator("[name=country]").select_option("KE")
    no_js_page.get_by_role("button", name="Sign").click()
    expect(no_js_page.locator(":focus")).to_have_attribute("id", "errors")
    no_js_page.locator("#errors a").press("Enter")
    expect(no_js_page.locator("#email")).to_have_value("nothing")
    expect(no_js_page.locator("#email:target")).to_have_count(1)


def test_person_registers_for_an_event(page, server_url, campaign):
    page.goto(f"{server_url}/events/evt_1")
    fill(page)
    page.locator("[name=guests]").select_option("2")
    page.get_by_role("button", name="I am coming").click()
    expect(page.locator("h1")).to_have_text("One more step")
    page.goto(f"{server_url}/confirm/{campaign.mail[0].token}")
    page.get_by_role("button", name="Confirm that I will come").click()
    expect(page.locator("h1")).to_have_text("Your place is confirmed")
    assert campaign.attendances()[0].guests == 2


def test_a_page_with_a_form_cannot_be_framed(chromium, server_url):
    page = chromium.new_page()
    page.set_content(f'<iframe src="{server_url}/petitions/convention"></iframe>')
    page.wait_for_timeout(500)
    assert page.frame_locator("iframe").locator("form").count() == 0
    page.close()


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_every_control_shows_its_focus(shared_page, server_url, path):
    shared_page.goto(server_url + path)
    for _ in range(12):
        shared_page.keyboard.press("Tab")
        tag, outline = shared_page.evaluate(FOCUSED)
        assert outline == "solid" or tag in {"BODY", "IFRAME"}


def test_person_orders_prints_without_javascript(no_js_page, server_url, campaign):
    no_js_page.goto(f"{server_url}/posters/many-paths?lang=es")
    reserve_prints(no_js_page)
    expect(no_js_page.locator("h1")).to_have_text("Pedir una impresión")
    fill(no_js_page)
    no_js_page.locator("[name=lines]").fill("1 Sample Street\nSample House")
    no_js_page.locator("[name=locality]").fill("Sampletown")
    no_js_page.locator("[name=country]").select_option("KE")
    no_js_page.get_by_role("button").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("Un paso más")
    no_js_page.goto(f"{server_url}/confirm/{campaign.mail[-1].token}?lang=es")
    no_js_page.get_by_role("button", name="Confirmar mi pedido").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("Hemos recibido tu pedido")
    [order] = campaign.orders()
    assert no_js_page.url == f"{server_url}/orders/{order.id}?lang=es"
    assert order.address["lines"] == ["1 Sample Street", "Sample House"]


def test_person_orders_what_is_left_with_one_press(no_js_page, server_url, campaign):
    path = campaign.order_prints()
    campaign.fail_next(Rejected("sold-out", extra={"available": 0}), on=CONFIRM)
    no_js_page.goto(f"{server_url}{path}")
    no_js_page.get_by_role("button", name="Confirm my order").press("Enter")
    no_js_page.get_by_role("button", name="Order this instead").press("Enter")
    expect(no_js_page.locator("h1")).to_have_text("We have received your order")
    assert campaign.orders()[0].edition == "open"


def test_editions_can_be_chosen_by_keyboard(page, server_url):
    page.goto(f"{server_url}/posters/many-paths")
    page.locator("[value=open]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[value=limited]")).to_be_checked()


def test_image_reserves_its_space_before_it_loads(page, server_url):
    page.route("**/files/*", lambda _route: None)
    page.set_viewport_size({"width": 600, "height": 600})
    page.goto(f"{server_url}/w/posters", wait_until="commit")
    page.wait_for_selector("footer")
    box = page.locator(".picture").bounding_box()
    assert box["height"] / box["width"] == pytest.approx(952 / 680, abs=0.01)


def test_hostile_image_opened_alone_runs_no_script(chromium, server_url, campaign):
    script = b"<script>document.documentElement.id = 'ran'</script>"
    hostile = b"<svg xmlns='http://www.w3.org/2000/svg'>" + script + b"</svg>"
    campaign.replace_files(previews={"many-paths.svg": hostile})
    page = chromium.new_page()
    page.goto(f"{server_url}/posters/many-paths/files/many-paths.svg")
    assert page.evaluate("document.documentElement.id") == ""
    page.close()


@pytest.mark.parametrize("path", ["/w/event-list", "/w/posters"])
def test_every_link_of_a_widget_is_reached_by_keyboard(page, server_url, path):
    page.goto(server_url + path)
    links = page.locator("a").count()
    reached = set()
    for _ in range(links + 2):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert reached >= set(
        page.locator("a").evaluate_all("es => es.map(e => e.getAttribute('href'))")
    )


def framed(page: Page, server_url: str, path: str):
    page.set_content(
        f'<iframe src="{server_url}{path}" width="600" height="900" sandbox="{SANDBOX}"></iframe>'
    )
    return page.frame_locator("iframe")


def test_sandboxed_widget_opens_the_calendar_page(chromium, page, server_url):
    begun: list[str] = []
    browser = chromium.new_browser_cdp_session()
    browser.send("Browser.setDownloadBehavior", {"behavior": "deny", "eventsEnabled": True})
    browser.on("Browser.downloadWillBegin", lambda said: begun.append(said["suggestedFilename"]))
    framed(page, server_url, "/w/event-list").get_by_role("link", name="Add to calendar").click()
    for _ in range(100):
        if begun:
            break
        page.wait_for_timeout(100)
    assert begun == ["18-december.ics"]


def test_sandboxed_widget_shows_the_poster(page, server_url):
    image = framed(page, server_url, "/w/posters").locator("img")
    expect(image).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert image.evaluate("img => img.complete && img.naturalWidth") > 0


def test_message_is_copied_in_a_cross_origin_frame(chromium, server_url):
    page = chromium.new_page()
    page.set_content(
        f'<iframe src="{server_url}/w/share" width="600" height="930"'
        ' sandbox="allow-scripts"></iframe>'
        "<textarea id=pasted></textarea>"
    )
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Copy the text").first.click()
    expect(frame.get_by_role("status")).to_have_text("Copied")
    page.locator("#pasted").press("Control+v")
    assert "#ManyPaths" in page.locator("#pasted").input_value()
    page.close()


def test_message_can_be_selected_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/w/share")
    field = no_js_page.get_by_label("Message 1 of 2")
    field.press("Control+a")
    assert "#ManyPaths" in field.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)")
    expect(no_js_page.locator("button").first).to_be_hidden()


def test_no_request_to_a_network_before_a_click(page, server_url):
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(f"{server_url}/w/share")
    page.wait_for_load_state("networkidle")
    assert urls == [f"{server_url}/w/share"]


def test_reader_reaches_their_mastodon_server_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/share/mastodon/convention")
    no_js_page.get_by_label("Name of your server").fill("@sample@social.example")
    share = "https://social.example/share?text=A%20border%20takes%20no"
    with no_js_page.expect_request(lambda request: request.url.startswith(share)):
        no_js_page.get_by_role("button", name="Go to my server").click()
