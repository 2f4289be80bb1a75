import re
import time
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
TIMEOUT = 20


def eventually(read: Callable[[], T], *, until: Callable[[T], bool] = bool) -> T:
    deadline = time.monotonic() + TIMEOUT
    while not until(value := read()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert until(value), f"still {value!r} after {TIMEOUT} s"
    return value


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., T]:
    return eventually


@pytest.fixture
def mailed_token() -> Callable[[Path, str], str]:
    """Wait for the confirmation e-mail to an address and return its token."""

    def find(mail: Path, address: str) -> str:
        return eventually(lambda: _find_token(mail, address))

    return find


def _find_token(mail: Path, address: str) -> str:
    for file in mail.glob("*.eml"):
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        text = message.get_body(("plain",)).get_content()
        found = re.search(r"/confirm/([\w-]+)", text)
        if found and address in message["to"]:
            return found[1]
    return ""
