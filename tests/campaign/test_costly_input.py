"""Input that is small but costly to parse is rejected before the costly step."""

import contextlib
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

from imd_campaign.api_keys.service import SCOPES
from imd_campaign.email_addresses import validate
from imd_campaign.field_types import MAX_MARKS, MAX_TEXT_LENGTH, Line, Paragraphs

SIGNING = "/v1/petitions/convention/signatures"
PERSON = {"name": "Sample Person", "email": "sample.person@example.org", "country": "ES"}
MARKS = "\u0301\u0316\u0f73\u0345"
LONG = "a" + "".join(islice(cycle(MARKS), MAX_TEXT_LENGTH))
PILED = "a" + "".join(islice(cycle(MARKS), 99))
VARIABLE = re.compile(r"\{\w+\}")
normalize = unicodedata.normalize


def longest_run(text: str) -> int:
    runs = groupby(normalize("NFKD", text), lambda char: unicodedata.combining(char) > 0)
    return max((sum(1 for _ in run) for marks, run in runs if marks), default=0)


@pytest.fixture
def limited_normalize(monkeypatch):
    def normalize_short(form: str, text: str) -> str:
        # Pydantic would turn an AssertionError into a validation error.
        if len(text) > MAX_TEXT_LENGTH or longest_run(text) > 3 * MAX_MARKS:
            raise RuntimeError
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", normalize_short)


def bodies(schema: dict, schemas: dict, text: str) -> Iterator[Any]:
    """Yield one body for each text field, with this text in that field."""
    if "$ref" in schema:
        yield from bodies(schemas[schema["$ref"].rpartition("/")[2]], schemas, text)
    elif "anyOf" in schema:
        yield from bodies(schema["anyOf"][0], schemas, text)
    elif "properties" in schema:
        for name, part in schema["properties"].items():
            yield from ({name: value} for value in bodies(part, schemas, text))
    elif "items" in schema:
        yield from ([value] for value in bodies(schema["items"], schemas, text))
    else:
        yield text


@pytest.mark.anyio
@pytest.mark.usefixtures("limited_normalize", "petition")
@pytest.mark.parametrize("text", [LONG, PILED], ids=["long", "piled"])
async def test_no_post_normalises_costly_text(app, client, key, text):
    schemas = app.state.document["components"]["schemas"]
    headers = key(*SCOPES) | {"Content-Type": "application/json"}
    for path, methods in app.state.document["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for schema in (kind["schema"] for kind in content.values()):
            for body in bodies(schema, schemas, text):
                sent = json.dumps(body, ensure_ascii=False)
                response = await client.post(VARIABLE.sub("x", path), content=sent, headers=headers)
                assert (path, [*body], response.status_code) == (path, [*body], 422)


@given(st.lists(st.tuples(st.text("aé한ｶ\n\uff9e\uff9f" + MARKS, max_size=9), st.integers(1, 50))))
def test_accepted_text_has_short_runs_of_combining_marks(parts):
    text = "a" + "".join(part * times for part, times in parts)
    try:
        accepted = TypeAdapter(Paragraphs).validate_python(text)
    except ValidationError:
        assert longest_run(text) > MAX_MARKS
    else:
        assert longest_run(accepted) <= 3 * MAX_MARKS


@pytest.mark.usefixtures("limited_normalize")
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
    response = await client.post(SIGNING, content=json.dumps(PERSON), headers=headers)
    assert response.status_code == 413


@given(st.text("a\u0344\u0300é한" + MARKS, max_size=80))
def test_text_that_was_accepted_is_accepted_again(text):
    """What is stored is read with the same rules."""
    adapter = TypeAdapter(Line)
    with contextlib.suppress(ValidationError):
        once = adapter.validate_python(text)
        assert adapter.validate_python(once) == once
