"""Whatever a server answers: a valid model, or the one error that says where. Both twins."""

import asyncio
import copy
import json
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_sdk import AsyncClient, Client, errors, models

SAMPLES = json.loads(Path(__file__).with_name("answers.json").read_text("utf-8"))
ADDRESS = {"lines": ["A street"], "locality": "L", "country": "KE"}
PERSON = {"name": "Sample Person", "email": "person@example.org"}
EVENT = {"title": "T", "description": "D", "kind": "potluck", "lang": "en", "host": PERSON}
WHEN = {"starts_at": "2026-12-18T18:00:00+03:00", "time_zone": "Africa/Nairobi"}

CALLS = {
    "AttendanceReceipt": lambda c: c.events.attend("evt_1", **PERSON),
    "AttendanceReview": lambda c: c.moderation.attendances(),
    "Campaign": lambda c: c.campaign.get(),
    "Cluster": lambda c: c.events.clusters(bbox=(0, 0, 1, 1), zoom=2),
    "Confirmation": lambda c: c.petitions.confirm("t0k"),
    "Count": lambda c: c.petitions.count("c"),
    "Event": lambda c: c.events.list(),
    "EventReview": lambda c: c.moderation.decide_event("e", decision="reject", reason="r"),
    "Health": lambda c: c.campaign.health(),
    "Order": lambda c: c.posters.order("rsv_1", **PERSON, address=ADDRESS),
    "Petition": lambda c: c.petitions.get("c"),
    "PlaceCount": lambda c: c.petitions.places("c"),
    "Poster": lambda c: c.posters.list(),
    "Reservation": lambda c: c.posters.reserve("p", edition="limited"),
    "Resource": lambda c: c.resources.get("r"),
    "ShareKit": lambda c: c.share_kit.get(),
    "Signature": lambda c: c.petitions.signatures("c"),
    "SignatureReceipt": lambda c: c.petitions.sign("c", **PERSON, country="ES"),
    "Signer": lambda c: c.petitions.signers("c"),
    "SubmissionReceipt": lambda c: c.events.submit(**EVENT, **WHEN, online=True, url="https://u"),
}
PAGED = {"AttendanceReview", "Cluster", "Event", "PlaceCount", "Poster", "Signature", "Signer"}
ODD = (None, ..., "text", "", 7, -1.5, True, [], {}, [None], {"a": 1}, "2026-12-18", "\ud800")


def test_every_model_has_a_call():
    assert set(CALLS) == set(SAMPLES)


def answer_of(kind):
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


async def items_of(pager):
    return [item async for item in pager]


class Twins:
    """Both clients before one server, whose answer is set anew for each call."""

    def __init__(self):
        self.content = b""
        transport = httpx.MockTransport(lambda request: self.answer())
        self.one = Client(
            "https://c.example", http_client=httpx.Client(transport=transport), max_retries=0
        )
        self.other = AsyncClient(
            "https://c.example", http_client=httpx.AsyncClient(transport=transport), max_retries=0
        )

    def answer(self):
        return httpx.Response(200, content=self.content, headers={"x-request-id": "req_1"})

    def outcomes(self, kind, content, runner):
        """What each of the twins gives or raises."""
        self.content = content
        return self.plain(kind), runner.run(self.awaited(kind))

    def plain(self, kind):
        try:
            result = CALLS[kind](self.one)
            return result if isinstance(result, models.Model) else list(result)
        except errors.ImdError as error:
            return error

    async def awaited(self, kind):
        try:
            result = CALLS[kind](self.other)
            return await result if hasattr(result, "__await__") else await items_of(result)
        except errors.ImdError as error:
            return error


TWINS = Twins()


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as started:
        yield started


def is_honest(outcome):
    """The one error, with its JSON path; or models that hold the types they declare."""
    if isinstance(outcome, errors.ImdError):
        where = outcome.path.startswith("$")
        return type(outcome) is errors.UnexpectedResponse and where
    found = outcome if isinstance(outcome, list) else [outcome]
    return all(type(it).model_validate(dict(it), strict=True) == it for it in found)


def told(outcome):
    """What can be compared between the twins."""
    return (str(outcome), outcome.path) if isinstance(outcome, errors.ImdError) else outcome


@pytest.mark.parametrize("kind", CALLS)
def test_any_place_may_be_missing_null_or_of_another_type(kind, runner):
    whole = answer_of(kind)
    for place in places(whole):
        for new in ODD:
            content = json.dumps(changed(whole, place, new)).encode()
            one, other = TWINS.outcomes(kind, content, runner)
            assert is_honest(one), (place, new, one)
            assert told(one) == told(other), (place, new)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", CALLS)
@given(data=st.data())
def test_any_place_may_hold_anything(kind, runner, data):
    whole = answer_of(kind)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(places(whole)) or [("items",)]))
        whole = changed(whole, place, data.draw(JSON))
    content = json.dumps(whole).encode()
    one, other = TWINS.outcomes(kind, content, runner)
    assert is_honest(one)
    assert told(one) == told(other)


@pytest.mark.parametrize("kind", CALLS)
@given(content=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_may_come_in_place_of_an_answer(kind, runner, content):
    one, other = TWINS.outcomes(kind, content, runner)
    assert is_honest(one)
    assert told(one) == told(other)
    if isinstance(one, errors.ImdError):
        assert one.request_id == other.request_id == "req_1"


@pytest.mark.parametrize("kind", CALLS)
def test_what_a_newer_server_adds_anywhere_is_borne_and_kept(kind, runner):
    whole = answer_of(kind)
    spots = [()] + [place for place in places(whole) if isinstance(at(whole, place), dict)]
    for spot in spots:
        content = json.dumps(changed(whole, (*spot, "later"), {"of": [1]})).encode()
        one, other = TWINS.outcomes(kind, content, runner)
        assert not isinstance(one, errors.ImdError), (spot, one)
        assert told(one) == told(other)


def at(value, place):
    for step in place:
        value = value[step]
    return value
