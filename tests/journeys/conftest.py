import re
import time
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
PATIENCE = 20


def eventually(look: Callable[[], T], *, until: Callable[[T], bool] = bool) -> T:
    deadline = time.monotonic() + PATIENCE
    while not until(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert until(seen), f"still {seen!r} after {PATIENCE} s"
    return seen


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., T]:
    return eventually


@pytest.fixture
def mailed_token() -> Callable[[Path, str], str]:
    """The token of the confirmation that was mailed to an address."""

    def find(mail: Path, address: str) -> str:
        return eventually(lambda: _token(mail, address))

    return find


def _token(mail: Path, address: str) -> str:
    for file in mail.glob("*.eml"):
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        text = message.get_body(("plain",)).get_content()
        found = re.search(r"/confirm/([\w-]+)", text)
        if found and address in message["to"]:
            return found[1]
    return ""
