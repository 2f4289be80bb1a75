"""The error messages quoted in the docs are the ones that the SDK and the server produce."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from imd_sdk import Client, ImdError, NotSent

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(?:text|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUOTED = BLOCK.search((DOCS / "sdk/errors.md").read_text("utf-8"))[1]
PROBLEM = json.loads(
    next(
        block
        for block in BLOCK.findall((DOCS / "http-api.md").read_text("utf-8"))
        if '"type"' in block
    )
)
CALLS: dict[str, Callable[[Client], object]] = {
    "NotFound": lambda imd: imd.petitions.get("none-of-this-name"),
    "Unauthorized": lambda imd: list(imd.moderation.events()),
    "TypeError": lambda imd: imd.petitions.count("convention", timeuot=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_quoted_error_is_raised(name, demo):
    with Client(demo.address) as imd, pytest.raises((ImdError, TypeError)) as raised:
        CALLS[name](imd)
    message = re.sub(r"req_\w+", "req_…", str(raised.value))
    assert f"{raised.type.__name__}: {message}\n" in QUOTED


def test_quoted_error_for_a_refused_connection_is_raised():
    with Client("http://127.0.0.1:9", max_retries=0) as imd, pytest.raises(NotSent) as raised:
        imd.petitions.count("convention")
    message = str(raised.value).replace("127.0.0.1:9 ", "127.0.0.1:1218 ")
    assert f"{raised.type.__name__}: {message}\n" in QUOTED


def test_quoted_problem_is_sent(demo):
    person = {"name": "Sample Person", "email": "no address", "country": "KE"}
    url = f"{demo.address}/v1/petitions/convention/signatures"
    assert httpx.post(url, json=person).json() | {"request_id": "req_01J…"} == PROBLEM
