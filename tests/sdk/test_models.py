import copy
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_sdk import _calls, errors, models
from imd_sdk._response import RawResponse, json_path, parse_model

SAMPLES = json.loads(Path(__file__).with_name("sample_responses.json").read_text("utf-8"))
kinds = pytest.mark.parametrize("kind", SAMPLES)


def read(kind, value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return parse_model(RawResponse(200, {"x-request-id": "req_1"}, content), getattr(models, kind))


def places(value, at=()):
    """Every place in a JSON value."""
    yield at
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, member in pairs:
        yield from places(member, (*at, key))


def changed(value, place, new):
    """The value with something else in one place, or without it."""
    value = copy.deepcopy(value)
    if not place:
        return new
    *way, last = place
    holder = value
    for step in way:
        holder = holder[step]
    if new is ...:
        del holder[last]
    else:
        holder[last] = new
    return value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@kinds
def test_models_survive_a_round_trip(kind):
    again = read(kind, SAMPLES[kind]).model_dump_json().encode()
    assert read(kind, again) == read(kind, SAMPLES[kind])


@kinds
@given(data=st.data())
def test_any_change_gives_a_valid_model_or_the_one_error(kind, data):
    place = data.draw(st.sampled_from(list(places(SAMPLES[kind]))))
    new = data.draw(JSON | st.just(...) if place else JSON)
    value = changed(SAMPLES[kind], place, new)
    assert is_honest(outcome(kind, value))


def outcome(kind, value):
    try:
        return read(kind, value)
    except errors.UnexpectedResponse as error:
        return error


def is_honest(result):
    """An error says where; a model holds the types that it declares."""
    if isinstance(result, errors.UnexpectedResponse):
        return result.path.startswith("$") and result.request_id == "req_1"
    return type(result).model_validate(dict(result), strict=True) == result


@kinds
@given(content=st.binary(max_size=40))
def test_any_bytes_give_a_valid_model_or_the_one_error(kind, content):
    assert is_honest(outcome(kind, content))


@kinds
@given(extra=st.dictionaries(st.text(min_size=1), JSON, min_size=1, max_size=3))
def test_unknown_fields_are_kept(kind, extra):
    known = getattr(models, kind).model_fields
    added = {name: value for name, value in extra.items() if name not in known}
    result = read(kind, added | SAMPLES[kind])
    assert result.model_extra == added


@pytest.mark.parametrize("kind", ["Event", "Signature", "Poster"])
def test_a_page_survives_a_pickle_and_a_copy(kind):
    content = json.dumps({"items": [SAMPLES[kind]], "next": "a", "added": 1}).encode()
    page = parse_model(RawResponse(200, {}, content), models.Page[getattr(models, kind)])
    value = pickle.loads(pickle.dumps(page))  # noqa: S301 - our own bytes
    for again in (value, copy.deepcopy(page), copy.copy(page)):
        assert (again, type(again), again.model_extra) == (page, type(page), {"added": 1})


def test_a_page_of_anything_survives_a_pickle():
    page = models.Page(items=["a"])
    assert pickle.loads(pickle.dumps(page)) == page  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (b"", "$"),
        (b"<html>", "$"),
        (b"[]", "$"),
        (b'{"items": []', "$"),
        ({"items": {}}, "$.items"),
        (
            {"items": [SAMPLES["Event"], changed(SAMPLES["Event"], ("starts_at",), 5)]},
            "$.items[1].starts_at",
        ),
        (
            {"items": [changed(SAMPLES["Event"], ("place", "latitude"), "9")]},
            "$.items[0].place.latitude",
        ),
        ({"items": [changed(SAMPLES["Event"], ("capacity",), "9")]}, "$.items[0].capacity"),
        (
            {"items": [changed(SAMPLES["Event"], ("ends_at",), "2026-12-18T18:00:00")]},
            "$.items[0].ends_at",
        ),
        ({"items": [changed(SAMPLES["Event"], ("online",), "yes")]}, "$.items[0].online"),
        ({"items": [changed(SAMPLES["Event"], ("title",), ...)]}, "$.items[0].title"),
        ({"items": [], "next": 7}, "$.next"),
    ],
)
def test_the_error_names_the_json_path(value, path):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(errors.UnexpectedResponse) as caught:
        parse_model(RawResponse(200, {}, content), models.Page[models.Event])
    assert caught.value.path == path


def test_the_error_does_not_repeat_the_content():
    secret = changed(SAMPLES["Signer"], ("name",), {"of": "Sample Person"})
    with pytest.raises(errors.UnexpectedResponse) as caught:
        read("Signer", secret)
    error = caught.value
    assert "Sample" not in f"{error!r} {vars(error)} {error.__cause__} {error.__context__}"


def test_a_path_quotes_odd_names():
    assert json_path(("a", 0, "b c", 'd"')) == '$.a[0]["b c"]["d\\""]'


def open_enums():
    return [
        kind
        for kind in vars(models).values()
        if isinstance(kind, type) and issubclass(kind, models.OpenEnum)
    ]


@pytest.mark.parametrize("kind", open_enums()[1:])
def test_known_values_are_enum_members(kind):
    for word in kind:
        assert kind(word.value) is word
        assert word.is_known


@pytest.mark.parametrize("kind", open_enums()[1:])
@given(word=st.text())
def test_unknown_values_are_kept_and_marked(kind, word):
    if word in {known.value for known in kind}:
        return
    value = kind(word)
    assert (value, value.value, str(value), value.is_known) == (word, word, word, False)
    assert hash(value) == hash(word)
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value  # noqa: S301 - our own
    assert repr(value) == f"<{kind.__name__} unknown {word!r}>"


def test_unknown_values_survive_parsing():
    event = read("Event", changed(SAMPLES["Event"], ("kind",), "teach-in"))
    assert (event.kind, event.kind.is_known) == ("teach-in", False)
    assert json.loads(event.model_dump_json())["kind"] == "teach-in"
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 - our own bytes


@pytest.mark.parametrize("kind", [name for name in SAMPLES if name.endswith("Confirmation")])
def test_a_confirmation_has_the_model_of_its_kind(kind):
    response = RawResponse(200, {}, json.dumps(SAMPLES[kind]).encode())
    assert type(_calls.confirmation("t0k").read(response)) is getattr(models, kind)


def test_a_member_name_is_not_a_value():
    assert not models.EventKind("VIGIL").is_known


def test_models_are_read_only():
    with pytest.raises(ValueError, match="frozen"):
        read("Count", SAMPLES["Count"]).total = 5


def test_model_reprs_omit_personal_data():
    shown = repr([read(kind, SAMPLES[kind] | {"later": "A later secret"}) for kind in SAMPLES])
    hidden = [
        "Sample Person",
        "A hidden street",
        "A home",
        "rsv_1",
        "ord_1",
        "c2VhbGVk",
        "later secret",
    ]
    assert not [word for word in [*hidden, "-1.2921"] if word in shown]


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (2500, "USD", "25.00 USD"),
        (5, "EUR", "0.05 EUR"),
        (2500, "JPY", "2500 JPY"),
        (2500, "KWD", "2.500 KWD"),
        (-100, "USD", "-1.00 USD"),
    ],
)
def test_money_is_shown_in_its_currency(amount, currency, shown):
    assert str(models.Money(amount=amount, currency=currency)) == shown
