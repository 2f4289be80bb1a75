"""Input that is small to send and costly to read: it is refused before the costly work."""

import json
import re
import unicodedata
from collections.abc import Iterator
from itertools import cycle, groupby, islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from imd_campaign.email_addresses import validate
from imd_campaign.field_types import MAX_MARKS, MAX_TEXT_LENGTH, Paragraphs

SIGNING = "/v1/petitions/convention/signatures"
PERSON = {"name": "Sample Person", "email": "sample.person@example.org", "country": "ES"}
MARKS = "\u0301\u0316\u0f73\u0345"
LONG = "a" + "".join(islice(cycle(MARKS), MAX_TEXT_LENGTH))
PILED = "a" + "".join(islice(cycle(MARKS), 99))
VARIABLE = re.compile(r"\{\w+\}")
normalize = unicodedata.normalize


def longest_run(text: str) -> int:
    runs = groupby(normalize("NFKD", text), lambda sign: unicodedata.combining(sign) > 0)
    return max((sum(1 for _ in run) for marks, run in runs if marks), default=0)


@pytest.fixture
def guarded(monkeypatch):
    def refuse(form: str, text: str) -> str:
        # An AssertionError would pass for a validation error.
        if len(text) > MAX_TEXT_LENGTH or longest_run(text) > 3 * MAX_MARKS:
            raise RuntimeError
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", refuse)


def bodies(schema: dict, schemas: dict, text: str) -> Iterator[Any]:
    """Bodies with this text in one place, for each place that takes a text."""
    if "$ref" in schema:
        yield from bodies(schemas[schema["$ref"].rpartition("/")[2]], schemas, text)
    elif "anyOf" in schema:
        yield from bodies(schema["anyOf"][0], schemas, text)
    elif "properties" in schema:
        for name, part in schema["properties"].items():
            yield from ({name: inside} for inside in bodies(part, schemas, text))
    elif "items" in schema:
        yield from ([inside] for inside in bodies(schema["items"], schemas, text))
    else:
        yield text


@pytest.mark.anyio
@pytest.mark.usefixtures("guarded", "petition")
@pytest.mark.parametrize("text", [LONG, PILED], ids=["long", "piled"])
async def test_no_post_normalises_costly_text(app, client, key, text):
    schemas = app.state.document["components"]["schemas"]
    headers = key("events:moderate") | {"Content-Type": "application/json"}
    for path, methods in app.state.document["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for schema in (kind["schema"] for kind in content.values()):
            for body in bodies(schema, schemas, text):
                sent = json.dumps(body, ensure_ascii=False)
                answer = await client.post(VARIABLE.sub("x", path), content=sent, headers=headers)
                assert (path, [*body], answer.status_code) == (path, [*body], 422)


@given(st.lists(st.tuples(st.text("aé한ｶ\n\uff9e\uff9f" + MARKS, max_size=9), st.integers(1, 50))))
def test_accepted_text_has_short_runs_of_combining_marks(parts):
    text = "a" + "".join(part * times for part, times in parts)
    try:
        taken = TypeAdapter(Paragraphs).validate_python(text)
    except ValidationError:
        assert longest_run(text) > MAX_MARKS
    else:
        assert longest_run(taken) <= 3 * MAX_MARKS


@pytest.mark.usefixtures("guarded")
def test_long_email_address_is_rejected_before_normalisation():
    with pytest.raises(ValueError, match="too long"):
        validate(f"{LONG}@example.org")


@pytest.mark.anyio
async def test_cookies_are_not_parsed(client, petition, monkeypatch):
    def fail(_: str) -> None:
        raise AssertionError

    monkeypatch.setattr("starlette.requests.cookie_parser", fail)
    cookie = {"Cookie": 'a="' + '\\"' * 1000 + '"'}
    read = await client.get("/v1/petitions/convention", headers=cookie)
    signed = await client.post(SIGNING, json=PERSON, headers=cookie)
    assert (read.status_code, signed.status_code) == (200, 202)


@pytest.mark.anyio
async def test_huge_content_length_is_too_large(client, petition):
    headers = {"Content-Type": "application/json", "Content-Length": "9" * 5000}
    answer = await client.post(SIGNING, content=json.dumps(PERSON), headers=headers)
    assert answer.status_code == 413
