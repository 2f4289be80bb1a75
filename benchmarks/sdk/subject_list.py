"""The subjects: how each is installed and imported, and which of its methods are called."""

from typing import NamedTuple


class Subject(NamedTuple):
    name: str
    """Its file in `subjects`."""
    requires: tuple[str, ...]
    imports: str
    what: str


RAW, BASE, OURS = "httpx_json", "httpx_pydantic", "imd_sdk"
"""Calls are compared with RAW; imports, memory and size with BASE."""

SUBJECTS = (
    Subject(RAW, ("httpx",), "import httpx, json", "httpx, responses through json.loads"),
    Subject(
        BASE,
        ("httpx", "pydantic"),
        "import httpx; from pydantic import BaseModel",
        "httpx, responses through models written by hand",
    ),
    Subject("httpx2_json", ("httpx2",), "import httpx2, json", "httpx2, through json.loads"),
    Subject(
        OURS,
        (),
        "from imd_sdk import Client",
        "events.get, events.list, petitions.sign, over httpx",
    ),
    Subject(
        "openai",
        ("openai",),
        "from openai import OpenAI",
        "batches.retrieve, .list, .create, over httpx2",
    ),
    Subject(
        "stripe",
        ("stripe",),
        "from stripe import StripeClient",
        "customers.retrieve, .list, .create, over requests; async over no HTTP library",
    ),
    Subject(
        "gidgethub",
        ("gidgethub[httpx]",),
        "from gidgethub.httpx import GitHubAPI",
        "getitem, getiter, post of issues, over httpx2, all of it async; no models",
    ),
    Subject(
        "parsons",
        ("parsons",),
        "from parsons import ActionNetwork",
        "get_event, get_events, create_signature of Action Network, over requests; no models",
    ),
)
