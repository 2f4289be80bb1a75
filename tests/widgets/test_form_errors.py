"""Every field of every form says in its own words what is wrong with it."""

import re

import pytest

from imd_widgets.pages.forms import NOT_ACCEPTED

pytestmark = pytest.mark.anyio

SAME_ORIGIN = {"Origin": "http://widgets.example"}
ADVICE = ("Choose ", "Enter ", "This is too long. Enter ")
LONG = "x" * 6000
BAD = {
    "title": ["", LONG],
    "description": ["", LONG],
    "starts_at": ["", "soon", "2020-01-01T10:00"],
    "ends_at": ["never", "2026-12-01T10:00", "2027-06-01T10:00"],
    "time_zone": ["", "Nowhere", "/etc/localtime"],
    "url": ["example", "javascript:alert(1)", f"https://example.org/{LONG}"],
    "name": ["", LONG],
    "address": [LONG],
    "locality": ["", LONG],
    "region": [LONG],
    "country": ["", "XX"],
    "latitude": ["north", "91", "nan", "1e999"],
    "longitude": ["west", "-181", "inf"],
    "nearby": ["Nowhere at all", LONG],
    "email": ["", "name", LONG],
    "guests": ["", "many", "-1"],
    "message": [LONG],
    "capacity": ["0", "many"],
    "reason": ["", LONG, "See example.org"],
    "code": ["", "7", LONG],
    "edition": [""],
    "quantity": ["", "0", "999"],
    "lines": ["", "\n".join("123456")],
    "postal_code": [LONG],
}
OPTIONAL_TEXTS = {"/hosted-events/host/change": {"name"}}
HIDDEN = {"key", "kind", "proof", "reservation", "edition", "quantity"}
INPUT = re.compile(r'<(?:input|textarea|select)[^>]* name="(\w+)"')
FORM = re.compile(r"<form method=\"post\" action=\"([^\"?]+)[^>]*>(.*?)</form>", re.DOTALL)
CHANGE = {
    "title": "Sample dinner",
    "description": "Bring two dishes.",
    "starts_at": "2026-12-18T20:00",
    "time_zone": "America/Mexico_City",
    "locality": "Mexico City",
    "country": "MX",
}
PERSON = {"name": "Sample Person", "email": "sample@example.org"}
VALID = {
    "/petitions/convention": PERSON | {"country": "KE"},
    "/events/evt_1": PERSON | {"guests": "0"},
    "/events/evt_home": PERSON | {"guests": "0", "message": ""},
    "/posters/many-paths": {"edition": "open", "quantity": "1"},
    "/posters/many-paths/order": PERSON
    | {"lines": "1 Sample Street", "locality": "Sampletown", "country": "KE"},
    "/hosted-events/host/change": CHANGE,
    "/hosted-events/host/capacity": {},
    "/hosted-events/host/cancel": {},
    "/attendances/accepted": {},
    "/confirm/good": {},
    "/confirm": {"email": PERSON["email"], "code": "7KQ4-M2XP"},
    "/your-data": {},
}
PAGES = {"/hosted-events/host/capacity": "/hosted-events/host"}


@pytest.fixture(autouse=True)
def home(campaign) -> None:
    campaign.add_home()


@pytest.fixture
def send(browser, campaign):
    """Send a form that is valid but for one field."""

    async def send(path: str, **bad: str):
        values = dict(VALID[path])
        if path.endswith("/order"):
            reservation = campaign.client().posters.reserve("many-paths", edition="open")
            values |= {"edition": "open", "quantity": "1", "reservation": reservation.token}
        return await browser.post(f"{path}?lang=en", data=values | bad, headers=SAME_ORIGIN)

    return send


async def list_fields(browser, send, path: str) -> list[str]:
    page = await browser.get(f"{PAGES.get(path, path)}?lang=en")
    text = page.text if page.status_code == 200 else (await send(path, name="")).text
    (fields,) = [INPUT.findall(form) for action, form in FORM.findall(text) if action == path]
    ticks = set(re.findall(r'name="(\w+)" type="checkbox"', text))
    shown = [name for name in dict.fromkeys(fields) if name not in HIDDEN | ticks]
    return shown or ["edition", "quantity"]


@pytest.mark.parametrize("path", VALID)
async def test_each_field_of_a_form_explains_what_is_wrong_with_it(browser, send, path):
    for field in await list_fields(browser, send, path):
        optional = field in OPTIONAL_TEXTS.get(path, ())
        for bad in filter(None, BAD[field]) if optional else BAD[field]:
            text = (await send(path, **{field: bad})).text
            explained = re.search(rf'id="{field}-wrong">([^<]+)', text)
            assert explained, (path, field, bad[:20])
            assert explained[1].startswith(ADVICE) or "was not found" in explained[1]
            assert NOT_ACCEPTED not in text
