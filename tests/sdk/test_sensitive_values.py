"""Secrets are planted in all that goes out and comes in, and every public object is looked at."""

import json
import logging
import pickle
import traceback
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote_plus

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imd_sdk import errors, models, webhooks
from imd_sdk.cache import MemoryCache
from imd_sdk.hooks import Hook, LoggingHook

SAMPLES = json.loads(Path(__file__).with_name("sample_responses.json").read_text("utf-8"))
NAMES = (
    *("name", "email", "street", "code", "reason", "title", "note"),
    *("token", "order", "reservation", "key", "header", "query", "part"),
)
SENT_AS_HEADER = {"key", "header"}
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=20)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=6).filter(
    lambda text: text == text.strip() and text not in {".", ".."}
)


@st.composite
def secrets(draw):
    """One for each name, such as no text of ours holds by chance."""
    kinds = {name: VISIBLE if name in SENT_AS_HEADER else WORDS for name in NAMES}
    return {name: f"s{at:02}x7Hq2{draw(kind)}" for at, (name, kind) in enumerate(kinds.items())}


def person(s):
    return {"name": s["name"], "email": s["email"]}


def place(s):
    point = {"latitude": -1.2921, "longitude": 36.8219}
    return {"name": s["name"], "address": s["street"], "locality": "L", "country": "KE", **point}


def address(s):
    return {"lines": [s["street"]], "postal_code": s["code"], "locality": "L", "country": "KE"}


WHEN = {"starts_at": "2026-12-18T18:00:00+03:00", "time_zone": "Africa/Nairobi"}
EVENT = {"title": "T", "description": "D", "kind": "potluck", "lang": "en"}
CALLS = {
    "sign": lambda c, s: c.petitions.sign("c", country="ES", **person(s)),
    "confirmation": lambda c, s: c.confirmations.get(s["token"]),
    "confirm": lambda c, s: c.confirmations.confirm(s["token"], name=s["name"]),
    "reject": lambda c, s: c.confirmations.reject(s["token"]),
    "undo_rejection": lambda c, s: c.confirmations.undo_rejection(s["token"]),
    "unsubscribe": lambda c, s: c.confirmations.unsubscribe(s["token"]),
    "find": lambda c, s: c.confirmations.find(email=s["email"], code=s["code"]),
    "request_link": lambda c, s: c.personal_data.request_link(email=s["email"]),
    "personal_data": lambda c, s: c.personal_data.get(s["token"]),
    "submit": lambda c, s: c.events.submit(**EVENT, **WHEN, host=person(s), place=place(s)),
    "attend": lambda c, s: c.events.attend("evt_1", **person(s)),
    "order": lambda c, s: c.posters.order(s["reservation"], **person(s), address=address(s)),
    "get_order": lambda c, s: c.posters.get_order(s["order"]),
    "decide": lambda c, s: c.moderation.decide_event("e", decision="reject", reason=s["reason"]),
    "decide_order": lambda c, s: c.moderation.decide_order(
        s["order"], decision="paid", reason=s["reason"]
    ),
    "signatures": lambda c, s: c.petitions.signatures("c"),
    "signers": lambda c, s: c.petitions.signers("c"),
    "reviews": lambda c, s: c.moderation.events(),
    "request": lambda c, s: c.request(
        "POST",
        "/v1/people/{part}",
        params={"part": s["part"], "q": s["query"]},
        json={"title": s["title"], "deep": [{"note": s["note"]}]},
    ),
    "petition": lambda c, s: c.petitions.get("c"),
}
ANSWERS = {
    "sign": "SubmissionReceipt",
    "confirmation": "EventConfirmation",
    "confirm": "AttendanceConfirmation",
    "request_link": "SubmissionReceipt",
    "personal_data": "PersonalData",
    "reject": "SignatureConfirmation",
    "undo_rejection": "Confirmation",
    "unsubscribe": "Confirmation",
    "submit": "SubmissionReceipt",
    "attend": "SubmissionReceipt",
    "order": "SubmissionReceipt",
    "decide_order": "ManagedOrder",
    "get_order": "Order",
    "decide": "EventReview",
    "signatures": "Signature",
    "signers": "Signer",
    "reviews": "EventReview",
    "request": "Petition",
    "petition": "Petition",
}
PAGED = {"signatures", "signers", "reviews"}
IN_THE_ADDRESS = {
    *("confirmation", "confirm", "reject", "undo_rejection", "unsubscribe"),
    *("personal_data", "get_order", "decide_order", "request"),
}
ENDS = ("well", "problem", "page", "not JSON", "shape", "moved", "ReadTimeout", "ConnectError")


def planted(call, s):
    """A good response, with secrets in whatever a model does not show."""
    if call == "find":
        return {"token": "t0k", "added_later": s["name"]}
    item = dict(SAMPLES[ANSWERS[call]])
    if call in {"decide", "reviews"}:
        hidden = item["event"]["place"] | {"name": s["name"], "address": s["street"]}
        item["event"] = item["event"] | {"url": s["note"], "place": hidden}
    item |= {"signers": {"name": s["name"]}, "signatures": {"sealed": s["code"]}}.get(call, {})
    item |= {"name": s["name"]} if call in {"confirmation", "confirm", "reject"} else {}
    item |= {"id": s["order"]} if call == "get_order" else {}
    if call == "personal_data":
        item = plant_personal_data(item, s)
    item["added_later"] = {"of": s["name"]}
    return {"items": [item], "next": None, "more": s["name"]} if call in PAGED else item


def plant_personal_data(item, s):
    names = {"signatures": "public_name", "attendances": "name", "events": "host"}
    lists = {kind: [item[kind][0] | {name: s["name"]}] for kind, name in names.items()}
    return item | lists | {"email": s["email"]}


def flat(value):
    """All texts in a JSON value, as a server may have read them."""
    if isinstance(value, dict | list):
        return " ".join(map(flat, value.values() if isinstance(value, dict) else value))
    return str(value)


def respond(library, request, call, end, s):
    text = " ".join((str(request.url), unquote_plus(str(request.url)), *request.headers.values()))
    text += f" {request.content.decode()} {flat(json.loads(request.content or b'0'))}"
    problem = {"type": f"/v1/problems/invalid-body {text}", "title": text, "detail": text}
    problem["errors"] = [{"in": text, "field": text, "message": text}]
    if end in {"ReadTimeout", "ConnectError"}:
        raise getattr(library, end)(text, request=request)
    return {
        "well": lambda: library.Response(200, json=planted(call, s)),
        "problem": lambda: library.Response(422, json=problem | {"more": [text]}),
        "page": lambda: library.Response(502, html=text),
        "not JSON": lambda: library.Response(200, html=text),
        "shape": lambda: library.Response(200, json={text: text, "id": [text], "items": text}),
        "moved": lambda: library.Response(302, headers={"location": "https://elsewhere.example"}),
    }[end]()


class Everything(Hook):
    """Keeps all that a hook can hear."""

    def __init__(self):
        self.heard = []

    def begin(self, call):
        self.heard.append(call)

    def attempt(self, call, attempt):
        attempt.headers["X-Trace"] = "00-1-2-01"
        self.heard.append(attempt)

    def outcome(self, call, text):
        self.heard.append(text)

    wait = end = outcome


class Notes(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.texts = []

    def emit(self, record):
        self.texts += [record.getMessage(), repr(record.args), logging.Formatter().format(record)]


@contextmanager
def debugging():
    """All that any logger says, down to DEBUG."""
    root, notes = logging.getLogger(), Notes()
    before = root.level
    root.addHandler(notes)
    root.setLevel(logging.DEBUG)
    try:
        yield notes.texts
    finally:
        root.removeHandler(notes)
        root.setLevel(before)


def texts_of(thing):
    yield from (repr(thing), str(thing), f"{thing}")
    if isinstance(thing, BaseException):
        yield from (repr(vars(thing)), repr(thing.args), *traceback.format_exception(thing))
        yield from (text for other in (thing.__cause__, thing.__context__) for text in seen(other))
    if not isinstance(thing, models.Model | list | webhooks.Delivery) and not holds(thing):
        yield from pickled(thing)


def seen(thing):
    return texts_of(thing) if thing is not None else ()


def holds(thing):
    """Whether it is there to hold what was received: to pickle it is to keep that on purpose."""
    return type(thing).__name__ in {"Response", "Headers", "MemoryCache"}


def pickled(thing):
    try:
        yield pickle.dumps(thing).decode("latin-1")
    except (TypeError, pickle.PicklingError, AttributeError):
        return


def leaks(texts, s):
    """The names of the secrets that are in a text, in whichever way they are written."""
    everything = "\n".join(texts).casefold()
    return {
        name
        for name, secret in s.items()
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], ascii(secret)[1:-1])
        if form.casefold() in everything
    }


async def carried_out(client_variant, call, end, s):
    """Make a call, and give every public object that there is then, and the URLs on the wire."""
    requests, things, hook, cache = [], [], Everything(), MemoryCache()

    def app(request):
        requests.append(request)
        return respond(client_variant.library, request, call, end, s)

    options = {"api_key": s["key"], "headers": {"X-Key": s["header"]}, "cache": cache}
    first = client_variant.client_for(app, hooks=[hook, LoggingHook()], max_retries=1, **options)
    client = first.with_options(on_response=things.append)
    try:
        result = CALLS[call](client, s)
        if hasattr(result, "pages"):
            things += [result, *await client_variant.pages_of(result)]
        else:
            things.append(await client_variant.result_of(result))
    except errors.ImdError as error:
        things.append(error)
    things += [first, client, client.petitions, client.petitions.sign, cache, hook, *hook.heard]
    things += [thing.headers for thing in things if type(thing).__name__ == "Response"]
    return things, [str(request.url) for request in requests]


@settings(
    max_examples=settings.default.max_examples // 20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("call", CALLS)
@given(s=secrets())
def test_no_public_object_and_no_log_shows_a_secret(client_variant, call, s):
    for end in ENDS:
        check_nothing_leaks(client_variant, call, end, s)


def check_nothing_leaks(client_variant, call, end, s):
    async def main():
        return await carried_out(client_variant, call, end, s)

    with debugging() as logged:
        things, urls = anyio.run(main)
    assert leaks((text for thing in things for text in seen(thing)), s) == set()
    assert leaks(logged, s) == set()
    assert urls
    assert (leaks(urls, s) == set()) == (call not in IN_THE_ADDRESS)
    assert leaks(urls, {name: s[name] for name in ("name", "email", "street", "key")}) == set()


@given(s=secrets())
def test_webhook_reprs_omit_the_payload(s):
    secret = webhooks.new_secret()
    body = json.dumps({"type": "attendance.waiting", "data": {"name": s["name"]}}).encode()
    delivery = webhooks.verify(body, webhooks.sign(body, secret), secret)
    assert delivery.payload["data"]["name"] == s["name"]
    assert leaks([repr(delivery), str(delivery)], s) == set()
    with pytest.raises(webhooks.InvalidWebhook) as caught:
        webhooks.verify(body + b" ", webhooks.sign(body, secret), secret)
    assert leaks(texts_of(caught.value), s | {"secret": secret}) == set()
