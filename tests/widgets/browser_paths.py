"""Paths that tests open in a browser, and steps in forms."""

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
    "/confirm",
    "/confirm/good",
    "/confirm/rejected",
    "/confirm/rejected/allowed",
    "/your-data",
    "/your-data/sent",
    "/share/mastodon/convention",
    "/events/evt_1",
    "/events/evt_1/thanks",
    "/posters/many-paths",
    "/posters/many-paths/thanks",
    "/events/calendar",
]


def reserve_prints(page: Page) -> None:
    page.locator("[value=limited]").check()
    page.locator("[name=quantity]").select_option("2")
    page.get_by_role("button").press("Enter")
