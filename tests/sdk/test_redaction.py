"""Keys and personal data are in nothing that is shown, logged or raised."""

import json
import logging
import pickle
import traceback
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imd_sdk import _calls, errors
from imd_sdk._problems import to_error
from imd_sdk._redaction import redact, sensitive_values
from imd_sdk._response import RawResponse

pytestmark = pytest.mark.anyio

HIDDEN = {
    "key": "imd_7Hq2zK9vKey",
    "name": "Sample Zebedee",
    "email": "zebedee.7hq@example.org",
    "street": "7 Hidden Quarry Lane",
    "code": "QZ7-19",
    "reason": "Zebedee asked for it",
    "token": "tok/7Hq2zK9v token",
    "order": "ord_7Hq2zK9v",
    "reservation": "rsv_7Hq2zK9v",
    "quoted token": "tok%2F7Hq2zK9v%20token",
}
PLACE = {"name": HIDDEN["name"], "address": HIDDEN["street"], "locality": "L", "country": "KE"}
ADDRESS = {"lines": [HIDDEN["street"]], "postal_code": HIDDEN["code"], "locality": "L"}
PERSON = {"name": HIDDEN["name"], "email": HIDDEN["email"]}
EVENT = {"title": "T", "description": "D", "kind": "potluck", "lang": "en", "host": PERSON}
WHEN = {"starts_at": "2026-12-18T18:00:00+03:00", "time_zone": "Africa/Nairobi"}

CALLS = {
    "sign": lambda c: c.petitions.sign("c", country="ES", **PERSON),
    "confirmation": lambda c: c.confirmations.get(HIDDEN["token"]),
    "confirm": lambda c: c.confirmations.confirm(HIDDEN["token"], name=HIDDEN["name"]),
    "reject": lambda c: c.confirmations.reject(HIDDEN["token"]),
    "undo_rejection": lambda c: c.confirmations.undo_rejection(HIDDEN["token"]),
    "unsubscribe": lambda c: c.confirmations.unsubscribe(HIDDEN["token"]),
    "find": lambda c: c.confirmations.find(email=HIDDEN["email"], code=HIDDEN["code"]),
    "request_link": lambda c: c.personal_data.request_link(email=HIDDEN["email"]),
    "personal_data": lambda c: c.personal_data.get(HIDDEN["token"]),
    "withdraw": lambda c: c.personal_data.withdraw_signature(HIDDEN["token"], "sig_1"),
    "hide_name": lambda c: c.personal_data.hide_name(HIDDEN["token"], "sig_1"),
    "stop_updates": lambda c: c.personal_data.stop_updates(HIDDEN["token"], "sig_1"),
    "cancel_attendance": lambda c: c.personal_data.cancel_attendance(HIDDEN["token"], "att_1"),
    "cancel_own_event": lambda c: c.personal_data.cancel_event(HIDDEN["token"], "evt_1"),
    "cancel_order": lambda c: c.personal_data.cancel_order(HIDDEN["token"], HIDDEN["order"]),
    "delete_address": lambda c: c.personal_data.delete_host_address(HIDDEN["token"], "evt_1"),
    "block": lambda c: c.personal_data.block(HIDDEN["token"]),
    "unblock": lambda c: c.personal_data.unblock(HIDDEN["token"]),
    "erase": lambda c: c.personal_data.erase(HIDDEN["token"]),
    "submit": lambda c: c.events.submit(
        **EVENT, **WHEN, place={**PLACE, "latitude": -1.2921, "longitude": 36.8219}
    ),
    "attend": lambda c: c.events.attend("evt_1", **PERSON, message=HIDDEN["reason"]),
    "own_attendance": lambda c: c.attendances.get(HIDDEN["token"]),
    "leave": lambda c: c.attendances.leave(HIDDEN["token"]),
    "hosted_event": lambda c: c.hosted_events.get(HIDDEN["token"]),
    "decide_guest": lambda c: c.hosted_events.decide_guest(
        HIDDEN["token"], "att_1", decision="accept"
    ),
    "propose_change": lambda c: c.hosted_events.propose_change(
        HIDDEN["token"],
        title="T",
        description="D",
        **WHEN,
        place={**PLACE, "latitude": -1.2921, "longitude": 36.8219},
    ),
    "cancel_event": lambda c: c.hosted_events.cancel(HIDDEN["token"], reason=HIDDEN["reason"]),
    "order": lambda c: c.posters.order(
        HIDDEN["reservation"], **PERSON, address={**ADDRESS, "country": "KE"}
    ),
    "get_order": lambda c: c.posters.get_order(HIDDEN["order"]),
    "decide_order": lambda c: c.moderation.decide_order(
        HIDDEN["order"], decision="paid", reason=HIDDEN["reason"]
    ),
    "decide": lambda c: c.moderation.decide_event(
        "evt_1", decision="reject", reason=HIDDEN["reason"]
    ),
}


def echo(library, request):
    """All that a careless server could repeat of a request."""
    key = request.headers["authorization"]
    text = f"{request.url} {unquote(str(request.url))} {key} {request.content.decode()}"
    problem = {"type": f"/v1/problems/invalid-body {text}", "title": text, "detail": text}
    problem["errors"] = [{"in": text, "field": text, "message": text}, text]
    return {
        "problem": library.Response(422, json=problem | {"more": [{"of": text}]}),
        "sold out": library.Response(409, json=problem | {"type": "/v1/problems/sold-out"}),
        "page": library.Response(502, html=text),
        "not JSON": library.Response(200, html=text),
        "wrong shape": library.Response(200, json={text: text, "id": [text]}),
        "moved": library.Response(302, headers={"location": "https://elsewhere.example/"}),
    }


ENDS = ["problem", "sold out", "page", "not JSON", "wrong shape", "moved"]
BREAKS = ["ReadTimeout", "ConnectError", "RemoteProtocolError"]


def shown(error):
    """Everything that a reader of logs, a debugger or another process gets of an error."""
    yield from (repr(error), str(error), repr(vars(error)), repr(error.args))
    yield from traceback.format_exception(error)
    yield pickle.dumps(error).decode("latin-1")
    for other in (error.__cause__, error.__context__):
        if other is not None:
            yield from shown(other)


def leaks(texts):
    return {
        name
        for name, secret in HIDDEN.items()
        for text in texts
        if secret.casefold() in text.casefold()
    }


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("end", ENDS + BREAKS)
@pytest.mark.parametrize("call", ["sign", "confirm", "reject", "find"])
async def test_errors_and_logs_do_not_repeat_the_request(client_variant, caplog, call, end):
    def app(request):
        if end in BREAKS:
            raise getattr(client_variant.library, end)("broken", request=request)
        return echo(client_variant.library, request)[end]

    caplog.set_level(logging.DEBUG)
    campaign = client_variant.client_for(app, api_key=HIDDEN["key"])
    with pytest.raises(errors.ImdError) as caught:
        await client_variant.result_of(CALLS[call](campaign))
    texts = [*shown(caught.value), repr(campaign), str(vars(campaign)), caplog.text]
    texts += [str(record.args) for record in caplog.records]
    assert leaks(texts) == set()


@pytest.mark.client_variants("sync and async")
async def test_the_http_library_logs_the_route_instead_of_the_url(
    client_variant, caplog, sample_responses
):
    caplog.set_level(logging.INFO)
    campaign = client_variant.client_for(
        lambda request: client_variant.json(200, sample_responses["SignatureConfirmation"])
    )
    await client_variant.result_of(campaign.confirmations.get(HIDDEN["token"]))
    assert "https://campaign.example/v1/confirmations/{token}" in caplog.text


@pytest.mark.client_variants("sync and async")
def test_logs_of_other_requests_are_unchanged(client_variant, caplog):
    if not client_variant.is_async:
        caplog.set_level(logging.INFO)
        transport = client_variant.library.MockTransport(lambda request: client_variant.json(200))
        with client_variant.library.Client(transport=transport) as http_client:
            http_client.get("https://other.example/a?b=c")
        assert "https://other.example/a?b=c" in caplog.text


async def test_real_transports_do_not_log_secrets(client_variant, caplog):
    caplog.set_level(logging.DEBUG)
    async with client_variant.connected_to(
        "http://127.0.0.1:9", api_key=HIDDEN["key"], max_retries=0
    ) as campaign:
        with pytest.raises(errors.NotSent):
            await client_variant.result_of(CALLS["confirm"](campaign))
    assert leaks([caplog.text]) == set()


def test_unencodable_text_in_a_path_is_replaced():
    assert _calls.confirmation("a\ud800b").path == "/v1/confirmations/a%3Fb"
    assert "%3F" in _calls.events({"q": "\ud800"}, limit=None).target


WORDS = st.text(st.characters(codec="utf-8"), min_size=2, max_size=20).filter(str.strip)


@given(name=WORDS, email=WORDS, around=st.sampled_from(["{}", "x: {}.", '"{}" is bad', "({})"]))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_any_name_is_redacted(name, email, around):
    call = _calls.sign("c", name=name, email=email, country="ES")
    hidden = sensitive_values(call.route, call.path, call.body)
    text = around.format(email)
    assert redact(text, hidden) != text
    assert redact([{"a": text}], hidden) != [{"a": text}]


def test_a_name_that_is_a_word_of_the_api_does_not_change_the_error():
    text = {"type": "/v1/problems/not-found", "title": "not found", "errors": [FAULT]}
    error = to_error(
        RawResponse(404, {}, json.dumps(text).encode()), "/v1/campaign", None, {"not", "name"}
    )
    assert (type(error), error.problem.name) == (errors.NotFound, "not-found")
    assert (error.errors[0].field, error.errors[0].message) == ("name", "… is too short")


FAULT = {"in": "body", "field": "name", "message": "name is too short"}


def test_short_values_are_redacted_as_whole_words_only():
    assert redact("no, there is nothing", {"no"}) == "…, there is nothing"
    assert redact("x_zebedee_x", {"zebedee"}) == "x_…_x"
