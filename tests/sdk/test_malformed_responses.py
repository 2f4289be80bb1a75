"""Any response gives valid models, or the one error that names the JSON path."""

import asyncio
import copy
import json
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imd_sdk import AsyncClient, Client, errors, models

SAMPLES = json.loads(Path(__file__).with_name("sample_responses.json").read_text("utf-8"))
PERSON = {"name": "Sample Person", "email": "person@example.org"}
EVENT = {"title": "T", "description": "D", "kind": "potluck", "lang": "en", "host": PERSON}
WHEN = {"starts_at": "2026-12-18T18:00:00+03:00", "time_zone": "Africa/Nairobi"}

CALLS = {
    "Attendance": lambda c: c.attendances.get("t0k"),
    "AttendanceConfirmation": lambda c: c.confirmations.reject("t0k"),
    "AttendanceReview": lambda c: c.moderation.attendances(),
    "AttestationReceipt": lambda c: c.petitions.attest("c", name="n", country="KE", reference="1"),
    "BounceReceipt": lambda c: c.bounces.report(status="5.1.1", message_id="<m@x>"),
    "Campaign": lambda c: c.campaign.get(),
    "Cluster": lambda c: c.events.clusters(bbox=(0, 0, 1, 1), zoom=2),
    "Confirmation": lambda c: c.confirmations.confirm("t0k"),
    "Count": lambda c: c.petitions.count("c"),
    "Event": lambda c: c.events.list(),
    "EventConfirmation": lambda c: c.confirmations.get("t0k"),
    "EventChangeReview": lambda c: c.moderation.event_changes(),
    "EventReview": lambda c: c.moderation.decide_event("e", decision="reject", reason="r"),
    "Health": lambda c: c.campaign.health(),
    "HostedEvent": lambda c: c.hosted_events.get("t0k"),
    "ManagedOrder": lambda c: c.moderation.orders(),
    "Order": lambda c: c.posters.get_order("ord_1"),
    "OrderConfirmation": lambda c: c.confirmations.confirm("t0k", quantity=1),
    "PartnerNumbers": lambda c: c.partners.page("t0k"),
    "PersonalData": lambda c: c.personal_data.get("t0k"),
    "Petition": lambda c: c.petitions.get("c"),
    "PlaceCount": lambda c: c.petitions.places("c"),
    "Poster": lambda c: c.posters.list(),
    "Reservation": lambda c: c.posters.reserve("p", edition="limited"),
    "Resource": lambda c: c.resources.get("r"),
    "ShareKit": lambda c: c.share_kit.get(),
    "Signature": lambda c: c.petitions.signatures("c"),
    "SignatureConfirmation": lambda c: c.confirmations.confirm("t0k"),
    "Signer": lambda c: c.petitions.signers("c"),
    "Stock": lambda c: c.moderation.stock(),
    "SubmissionReceipt": lambda c: c.events.submit(**EVENT, **WHEN, online=True, url="https://u"),
}
PAGED = {
    "AttendanceReview",
    "Cluster",
    "Event",
    "EventChangeReview",
    "ManagedOrder",
    "PlaceCount",
    "Poster",
    "Signature",
    "Signer",
    "Stock",
}
ODD = (None, ..., "text", "", 7, -1.5, True, [], {}, [None], {"a": 1}, "2026-12-18", "\ud800")


def test_every_model_has_a_call():
    assert set(CALLS) == set(SAMPLES)


def response_for(kind):
    item = SAMPLES[kind]
    return {"items": [item, item], "next": None} if kind in PAGED else item


def places(value, at=()):
    """Every place in a JSON value but its root."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in pairs:
        yield (*at, key)
        if isinstance(member, dict | list):
            yield from places(member, (*at, key))


def changed(value, place, new):
    value = copy.deepcopy(value)
    *way, last = place
    holder = value
    for step in way:
        holder = holder[step]
    if new is ...:
        del holder[last]
    else:
        holder[last] = new
    return value


class Response:
    """The response that a client gets to its next call."""

    content = b""

    def __call__(self, request):
        return httpx.Response(200, content=self.content, headers={"x-request-id": "req_1"})


RESPONSE = Response()
CLIENT = Client(
    "https://c.example",
    http_client=httpx.Client(transport=httpx.MockTransport(RESPONSE)),
    max_retries=0,
)


def outcome(kind, content):
    """What a call returns for this content, or the error that it raises."""
    RESPONSE.content = content
    try:
        result = CALLS[kind](CLIENT)
        return result if isinstance(result, models.Model) else list(result)
    except errors.ImdError as error:
        return error


async def async_outcome(kind, content):
    RESPONSE.content = content
    transport = httpx.MockTransport(RESPONSE)
    async with httpx.AsyncClient(transport=transport) as http:
        try:
            result = CALLS[kind](AsyncClient("https://c.example", http_client=http, max_retries=0))
            return await result if hasattr(result, "__await__") else [item async for item in result]
        except errors.ImdError as error:
            return error


def is_honest(outcome):
    """Whether it is the one error with a JSON path, or models that hold the declared types."""
    if isinstance(outcome, errors.ImdError):
        where = outcome.path.startswith("$")
        return type(outcome) is errors.UnexpectedResponse and where
    found = outcome if isinstance(outcome, list) else [outcome]
    return all(type(it).model_validate(dict(it), strict=True) == it for it in found)


def comparable(outcome):
    return (str(outcome), outcome.path) if isinstance(outcome, errors.ImdError) else outcome


@pytest.mark.parametrize("kind", CALLS)
def test_both_clients_read_the_same(kind):
    for content in (json.dumps(response_for(kind)).encode(), b"{}", b"[]", b"<html>"):
        result = asyncio.run(async_outcome(kind, content))
        assert comparable(result) == comparable(outcome(kind, content))


@pytest.mark.parametrize("kind", CALLS)
def test_any_member_may_be_missing_null_or_of_another_type(kind):
    whole = response_for(kind)
    for place in places(whole):
        for new in ODD:
            content = json.dumps(changed(whole, place, new)).encode()
            assert is_honest(outcome(kind, content)), (place, new)


FEWER = settings(max_examples=settings.default.max_examples // 5)
"""Parsing alone is tried with all examples in test_models."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", CALLS)
@given(data=st.data())
@FEWER
def test_any_member_may_hold_anything(kind, data):
    whole = response_for(kind)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(places(whole)) or [("items",)]))
        whole = changed(whole, place, data.draw(JSON))
    content = json.dumps(whole).encode()
    assert is_honest(outcome(kind, content))


@pytest.mark.parametrize("kind", CALLS)
@FEWER
@given(content=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_content_gives_models_or_the_one_error(kind, content):
    result = outcome(kind, content)
    assert is_honest(result)
    if isinstance(result, errors.ImdError):
        assert result.request_id == "req_1"


@pytest.mark.parametrize("kind", CALLS)
def test_fields_added_by_newer_servers_are_accepted(kind):
    whole = response_for(kind)
    spots = [()] + [place for place in places(whole) if isinstance(at(whole, place), dict)]
    for spot in spots:
        content = json.dumps(changed(whole, (*spot, "later"), {"of": [1]})).encode()
        assert not isinstance(outcome(kind, content), errors.ImdError), spot


def at(value, place):
    for step in place:
        value = value[step]
    return value
