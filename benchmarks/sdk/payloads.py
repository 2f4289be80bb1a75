"""What the in-memory servers answer, from the file that `sample` wrote, and what is sent.

A peer answers with objects of its own API that carry the same texts and about as many fields; which
they are, `compared` says.
"""

import json
import os
from pathlib import Path
from typing import Any

ADDRESS = "https://campaign.example"
HEADERS = {"content-type": "application/json"}
SIGNATURE = {"name": "Sample Person", "email": "sample.person@example.org", "country": "MX"}

_sample = json.loads(Path(os.environ["SAMPLE"]).read_text("utf-8"))


def encoded(value: Any) -> bytes:
    """As the campaign server writes JSON: compact, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


EVENTS = _sample["events"]
HUNDRED = len(EVENTS)
EVENT = encoded(EVENTS[0])
PAGE = encoded({"items": EVENTS, "next": None})
RECEIPT = encoded(_sample["receipt"])
TEXTS = [(event["title"], event["description"]) for event in EVENTS]


def campaign(path: str, method: str) -> tuple[int, bytes]:
    """The campaign's answer: its status and its body."""
    if method == "POST":
        return 202, RECEIPT
    return 200, PAGE if path.endswith("/events") else EVENT
