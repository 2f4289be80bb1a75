import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.crypto import Vault, new_key_pair
from imd_campaign.errors import InvalidParameter
from imd_campaign.web.pagination import Cursors

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
