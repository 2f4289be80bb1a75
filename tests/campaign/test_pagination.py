import base64
import json
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imd_campaign.crypto import Vault, encode_for_urls, new_key_pair
from imd_campaign.errors import InvalidParameter
from imd_campaign.events import store
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import Circle, Point
from imd_campaign.pagination import PageRequest
from imd_campaign.web.pagination import Cursors

pytestmark = pytest.mark.anyio

PUBLIC_KEY, _ = new_key_pair()
VAULT = Vault("a secret for tests, and for tests only", PUBLIC_KEY)

moments = st.datetimes(timezones=st.just(UTC))
keys = st.lists(st.text() | st.integers() | moments, min_size=1, max_size=4).map(tuple)


@given(keys, st.text())
def test_cursor_round_trips_its_key(key, binding):
    cursors = Cursors(VAULT, binding)
    assert cursors.read(cursors.write(key)) == key


@given(keys)
def test_cursor_is_url_safe(key):
    assert Cursors(VAULT, "list").write(key).replace("-", "").replace("_", "").isalnum()


@given(keys, st.text(), st.text())
def test_cursor_is_valid_only_for_its_list_and_filters(key, binding, other):
    cursor = Cursors(VAULT, binding).write(key)
    if other != binding:
        with pytest.raises(InvalidParameter):
            Cursors(VAULT, other).read(cursor)


@given(keys, st.data())
def test_modified_cursor_is_rejected(key, data):
    cursors = Cursors(VAULT, "list")
    cursor = cursors.write(key)
    position = data.draw(st.integers(0, len(cursor) - 1))
    character = data.draw(st.characters().filter(lambda c: c != cursor[position]))
    with pytest.raises(InvalidParameter):
        cursors.read(cursor[:position] + character + cursor[position + 1 :])


@given(st.text())
def test_arbitrary_text_is_rejected_as_cursor(text):
    with pytest.raises(InvalidParameter):
        Cursors(VAULT, "list").read(text)


@given(keys)
def test_cursor_of_another_campaign_is_rejected(key):
    other = Vault("another secret for tests, and for tests only", PUBLIC_KEY)
    with pytest.raises(InvalidParameter):
        Cursors(VAULT, "list").read(Cursors(other, "list").write(key))


@given(keys)
def test_cursor_is_deterministic_and_does_not_reveal_its_key(key):
    cursors = Cursors(VAULT, "list")
    cursor = cursors.write(key)
    assert cursor == cursors.write(key)
    data = base64.urlsafe_b64decode(cursor + "==")
    assert all(
        json.dumps(part, default=str).encode() not in data for part in key if len(str(part)) > 8
    )


def test_cursor_keeps_microseconds():
    cursors = Cursors(VAULT, "list")
    key = (datetime(2026, 12, 18, 1, 2, 3, 456789, tzinfo=UTC), "sig_1")
    assert cursors.read(cursors.write(key)) == key


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=2),
)


@given(anything)
def test_sealed_text_of_any_other_form_is_rejected_or_read_as_a_key(value):
    sealed = VAULT.encrypt_bound(json.dumps(value, default=str).encode(), "cursor/list")
    try:
        key = Cursors(VAULT, "list").read(encode_for_urls(sealed))
    except InvalidParameter:
        pass
    else:
        assert isinstance(key, tuple)


parts = (
    st.none()
    | st.booleans()
    | st.integers(-1, 1 << 65)
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(["evt_1", "\0", "\ud800", "2026-12-18"])
    | st.datetimes()
    | moments
    | st.lists(st.integers())
)
CIRCLE = Filters(circle=Circle(Point(19.43, -99.13), 300.0))
LISTS = {
    "by start": partial(store.list_public_events, filters=Filters()),
    "by distance": partial(store.list_public_events, filters=CIRCLE),
    "by change": partial(store.list_latest_events, filters=Filters()),
    "of rows": partial(store.list_submitted_events, state="public"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("list_", LISTS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=st.lists(parts, max_size=3).map(tuple))
def test_key_of_another_order_is_rejected_or_begins_a_page(context, list_, key):
    with context.database.read() as connection:
        try:
            part = LISTS[list_](connection, page_request=PageRequest(2, key))
        except InvalidParameter:
            pass
        else:
            assert len(part.items) <= 2


@pytest.mark.parametrize(
    "key", [("2026-12-18",), (True,), (1, 2), (1.5,), (1 << 63,), ({"t": "never"},), (None,), ()]
)
async def test_cursor_of_another_order_is_a_bad_request(client, context, key):
    packed = json.dumps(key).encode()
    sealed = context.vault.encrypt_bound(packed, 'cursor/["/v1/events", []]')
    response = await client.get(f"/v1/events?cursor={encode_for_urls(sealed)}")
    assert response.status_code == 400
    [reason] = response.json()["errors"]
    assert (reason["field"], reason["message"]) == (
        "cursor",
        "is not valid for this list. Begin again without a cursor.",
    )


async def test_cursor_of_the_right_form_is_accepted(client, context):
    sealed = context.vault.encrypt_bound(b"[1]", 'cursor/["/v1/events", []]')
    assert (await client.get(f"/v1/events?cursor={encode_for_urls(sealed)}")).status_code == 200
