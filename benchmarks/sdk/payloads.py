"""What is sent, and the responses of the in-memory servers, from the file that `sample` wrote.

Servers of other SDKs respond with objects of their own APIs that have the same texts and about as
many fields; `subject_list` names them.
"""

import json
import os
from pathlib import Path
from typing import Any

ADDRESS = "https://campaign.example"
HEADERS = {"content-type": "application/json"}
SIGNATURE = {"name": "Sample Person", "email": "sample.person@example.org", "country": "MX"}

_sample = json.loads(Path(os.environ["SAMPLE"]).read_text("utf-8"))


def encode(value: Any) -> bytes:
    """Write JSON as the campaign server does: compact, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


EVENTS = _sample["events"]
HUNDRED = len(EVENTS)
EVENT = encode(EVENTS[0])
PAGE = encode({"items": EVENTS, "next": None})
RECEIPT = encode(_sample["receipt"])
TEXTS = [(event["title"], event["description"]) for event in EVENTS]


def respond(path: str, method: str) -> tuple[int, bytes]:
    """Return the status and the body of a campaign's response."""
    if method == "POST":
        return 202, RECEIPT
    return 200, PAGE if path.endswith("/events") else EVENT
