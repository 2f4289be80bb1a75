"""What is opened in a browser, and what a person does there."""

from playwright.sync_api import Page

FRAMED = [
    "/w/counter/convention",
    "/w/countdown",
    "/w/event-list",
    "/w/posters",
    "/w/sign/convention",
    "/w/share",
]
PAGES = [
    "/",
    "/?widget=counter",
    "/petitions/convention",
    "/petitions/convention/thanks",
    "/confirm/good",
    "/share/mastodon/convention",
    "/events/evt_1",
    "/events/evt_1/thanks",
    "/posters/many-paths",
    "/events/calendar",
]


def order_form(page: Page) -> None:
    page.locator("[value=limited]").check()
    page.locator("[name=quantity]").select_option("2")
    page.get_by_role("button").press("Enter")
