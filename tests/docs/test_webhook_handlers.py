"""The handlers of docs/sdk/webhooks.md, with genuine, repeated and forged deliveries."""

import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient

from imd_sdk import webhooks
from imd_sdk.testing import webhook

PAGE = Path(__file__).parents[2] / "docs/sdk/webhooks.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
APPS = {
    name: block for block in BLOCKS for name in ("Flask", "FastAPI") if f"import {name}" in block
}
SECRET, OLDER = webhooks.new_secret(), webhooks.new_secret()
Post = Callable[..., int]


def app_of(name: str) -> ModuleType:
    module = ModuleType(f"webhooks_{name.lower()}")
    sys.modules[module.__name__] = module
    exec(compile(APPS[name], PAGE.name, "exec"), module.__dict__)  # noqa: S102 - the page's own
    return module


def flask() -> Post:
    browser = app_of("Flask").app.test_client()
    return lambda made: (
        browser.post("/webhooks/imd", data=made.body, headers=made.headers).status_code
    )


def fastapi() -> Post:
    browser = TestClient(app_of("FastAPI").app)
    return lambda made: (
        browser.post("/webhooks/imd", content=made.body, headers=made.headers).status_code
    )


@pytest.fixture(params=[flask, fastapi], ids=lambda made: made.__name__)
def post(request, tmp_path, monkeypatch) -> Post:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMD_WEBHOOK_SECRETS", f"{SECRET} {OLDER}")
    return request.param()


def made(secret=SECRET, **options):
    return webhook("event.approved", {"event": "evt_sample"}, secret=secret, **options)


def queue() -> list[tuple[str, str]]:
    with closing(sqlite3.connect("webhooks.sqlite3")) as db:
        return db.execute("select type, event from queue").fetchall()


@pytest.mark.parametrize("secret", [SECRET, OLDER], ids=["new", "old"])
def test_genuine_delivery_is_queued(post, secret):
    assert post(made(secret)) == 204
    assert queue() == [("event.approved", "evt_sample")]


def test_repeated_delivery_is_queued_once(post):
    first, second = made(delivery_id="msg_1"), made(delivery_id="msg_1")
    assert [post(first), post(second)] == [204, 204]
    assert len(queue()) == 1


def test_forged_delivery_is_rejected_and_not_stored(post):
    assert post(made(webhooks.new_secret())) == 400
    assert not Path("webhooks.sqlite3").exists()
